package io.nodepass.relay;

import io.nodepass.buffer.BufferPool;
import io.nodepass.jmh.Stage;
import io.nodepass.reactor.EventLoop;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.concurrent.ExecutionException;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * 16 KiB from one loopback socket to another, all on one thread: a pump over TCP flows against a
 * plain copy through one direct buffer. The loop that the flows belong to has nothing to do.
 */
@State(Scope.Thread)
public class PumpTcpBenchmark {
  private static final int BYTES = 16 * 1024;

  final ByteBuffer sent = Stage.pattern(BYTES);
  final ByteBuffer got = ByteBuffer.allocateDirect(BYTES);
  final ByteBuffer between = ByteBuffer.allocateDirect(BufferPool.LARGE);
  EventLoop loop;
  Stage.Connection in;
  Stage.Connection out;
  Pump pump;
  SocketChannel[] plainIn;
  SocketChannel[] plainOut;

  @Setup
  public void open() throws IOException, ExecutionException, InterruptedException {
    loop = Stage.loop().start();
    in = Stage.connect(loop);
    out = Stage.connect(loop);
    pump = new Pump(in.flow(), out.flow(), BufferPool.sized(64L << 20, 1));
    plainIn = Stage.sockets();
    plainOut = Stage.sockets();
    plainIn[1].configureBlocking(false);
    plainOut[0].configureBlocking(false);
  }

  @TearDown
  public void close() throws IOException {
    loop.close();
    in.close();
    out.close();
    for (int i = 0; i < 2; i++) {
      plainIn[i].close();
      plainOut[i].close();
    }
  }

  @Benchmark
  public int ours() throws IOException {
    in.peer().write(sent.clear());
    long end = pump.bytes() + BYTES;
    while (pump.bytes() < end) {
      pump.fill();
    }
    return readAll(out.peer());
  }

  @Benchmark
  public int reference() throws IOException {
    plainIn[0].write(sent.clear());
    for (int left = BYTES; left > 0; ) {
      between.clear();
      if (plainIn[1].read(between) > 0) {
        left -= plainOut[0].write(between.flip());
      }
    }
    return readAll(plainOut[1]);
  }

  private int readAll(SocketChannel from) throws IOException {
    got.clear();
    while (got.hasRemaining()) {
      from.read(got);
    }
    return got.position();
  }
}
