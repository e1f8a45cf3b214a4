package io.nodepass.relay;

import io.nodepass.buffer.BufferPool;
import io.nodepass.jmh.PipeFlow;
import io.nodepass.jmh.Stage;
import io.nodepass.reactor.EventLoop;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * One buffer of 1 KiB through a pump, between flows that cost a copy each: what the pump and the
 * buffer pool add to one read and one write through a direct buffer.
 */
@State(Scope.Thread)
public class PumpMemoryBenchmark {
  private static final int BYTES = 1024;

  final ByteBuffer sent = Stage.pattern(BYTES);
  final ByteBuffer got = ByteBuffer.allocateDirect(BYTES);
  final ByteBuffer between = ByteBuffer.allocateDirect(BufferPool.LARGE);
  PipeFlow user;
  PipeFlow source;
  PipeFlow sink;
  PipeFlow service;
  Pump pump;

  @Setup
  public void open() throws IOException {
    EventLoop loop = Stage.loop(pool());
    PipeFlow[] in = PipeFlow.pair(loop, BufferPool.LARGE);
    PipeFlow[] out = PipeFlow.pair(loop, BufferPool.LARGE);
    user = in[0];
    source = in[1];
    sink = out[0];
    service = out[1];
    pump = new Pump(source, sink, loop.buffers());
  }

  BufferPool pool() {
    return BufferPool.sized(64L << 20, 1);
  }

  @Benchmark
  public int ours() throws IOException {
    user.write(sent.clear());
    pump.fill();
    return service.read(got.clear());
  }

  @Benchmark
  public int reference() throws IOException {
    user.write(sent.clear());
    between.clear();
    source.read(between);
    sink.write(between.flip());
    return service.read(got.clear());
  }
}
