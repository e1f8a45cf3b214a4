package io.nodepass.relay;

import io.nodepass.jmh.Stage;
import io.nodepass.reactor.EventLoop;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.concurrent.ExecutionException;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * 1 KiB there and back through a relay on its loop's thread, over four loopback sockets, against
 * the plainest relay that NIO allows.
 */
@State(Scope.Thread)
public class RelayTcpBenchmark {
  private static final int BYTES = 1024;

  final ByteBuffer sent = Stage.pattern(BYTES);
  final ByteBuffer got = ByteBuffer.allocateDirect(BYTES);

  /** A relay of the product between two sockets. */
  @State(Scope.Thread)
  public static class Ours {
    EventLoop loop;
    SocketChannel user;
    SocketChannel service;

    @Setup(Level.Trial)
    public void open() throws IOException, ExecutionException, InterruptedException {
      loop = Stage.loop().start();
      Stage.Connection in = Stage.connect(loop);
      Stage.Connection out = Stage.connect(loop);
      user = in.peer();
      service = out.peer();
      loop.execute(
          () ->
              new Relay(in.flow(), out.flow(), RelayLimits.DEFAULTS, (relay, failed, cause) -> {})
                  .start(null));
    }

    @TearDown(Level.Trial)
    public void close() throws IOException {
      loop.close();
      user.close();
      service.close();
    }
  }

  /** The same with a selector, a thread and a buffer. */
  @State(Scope.Thread)
  public static class Plain {
    PlainRelay relay;
    SocketChannel user;
    SocketChannel service;

    @Setup(Level.Trial)
    public void open() throws IOException {
      SocketChannel[] in = Stage.sockets();
      SocketChannel[] out = Stage.sockets();
      user = in[0];
      service = out[0];
      relay = new PlainRelay(in[1], out[1]);
      relay.start();
    }

    @TearDown(Level.Trial)
    public void close() throws IOException, InterruptedException {
      relay.end();
      user.close();
      service.close();
    }
  }

  @Benchmark
  public int ours(Ours ours) throws IOException {
    return pass(ours.user, ours.service) + pass(ours.service, ours.user);
  }

  @Benchmark
  public int reference(Plain plain) throws IOException {
    return pass(plain.user, plain.service) + pass(plain.service, plain.user);
  }

  private int pass(SocketChannel from, SocketChannel into) throws IOException {
    from.write(sent.clear());
    got.clear();
    while (got.hasRemaining()) {
      into.read(got);
    }
    return got.position();
  }
}
