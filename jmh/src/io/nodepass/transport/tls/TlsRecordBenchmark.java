package io.nodepass.transport.tls;

import io.nodepass.buffer.BufferPool;
import io.nodepass.jmh.PipeFlow;
import io.nodepass.jmh.Stage;
import io.nodepass.reactor.EventLoop;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.Executor;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult.Status;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.BenchmarkParams;

/**
 * One record from one TLS flow to another over a connection in memory, against two bare engines
 * over the same: what the flow adds to wrapping and unwrapping.
 */
@State(Scope.Thread)
public class TlsRecordBenchmark {
  private static final int WARM_UP = 20_000;

  /** What is sent, and how it arrives. */
  public enum Shape {
    /** A short message. */
    MESSAGE(64, Integer.MAX_VALUE, 16),
    /** As many bytes as a record takes. */
    FULL(EnginePair.FRAGMENT, Integer.MAX_VALUE, 16),
    /** The same, and only the half of it can be read at first. */
    HALVES(EnginePair.FRAGMENT, 9 * 1024, 16),
    /** As full as can be, while all large buffers are in use. */
    CROWDED(EnginePair.FRAGMENT, Integer.MAX_VALUE, 0);

    final int bytes;
    final int mostPerRead;
    final int largeBuffers;

    Shape(int bytes, int mostPerRead, int largeBuffers) {
      this.bytes = bytes;
      this.mostPerRead = mostPerRead;
      this.largeBuffers = largeBuffers;
    }
  }

  @Param Shape shape;
  ByteBuffer sent;
  final ByteBuffer got = ByteBuffer.allocateDirect(32 * 1024);
  final ByteBuffer encrypted = ByteBuffer.allocateDirect(32 * 1024);
  final ByteBuffer arrived = ByteBuffer.allocateDirect(32 * 1024);
  PipeFlow[] pipe;
  SSLEngine client;
  SSLEngine server;
  TlsFlow writer;
  TlsFlow reader;

  @Setup
  public void open(BenchmarkParams params) throws IOException {
    EventLoop loop = Stage.loop(new BufferPool(shape.largeBuffers, 64));
    sent = Stage.pattern(shape.bytes);
    pipe = PipeFlow.pair(loop, 64 * 1024);
    pipe[1].mostPerRead(shape.mostPerRead);
    EnginePair engines = EnginePair.connected();
    client = engines.client();
    server = engines.server();
    // Each fork measures one of the two only, so both may have the same engines.
    writer = flow(pipe[0], client, loop);
    reader = flow(pipe[1], server, loop);
    warmUp(params.getBenchmark().endsWith("ours"));
  }

  /**
   * By count, not by time: an engine has a lot of code, and is far slower before all is compiled.
   */
  private void warmUp(boolean ours) throws IOException {
    for (int i = 0; i < WARM_UP; i++) {
      if (ours) {
        ours();
      } else {
        reference();
      }
    }
  }

  /** A flow of the product that never needs another thread. */
  private static TlsFlow flow(PipeFlow inner, SSLEngine engine, EventLoop loop) {
    Executor nobody =
        task -> {
          throw new IllegalStateException("the engine delegates after its handshake");
        };
    return new TlsFlow(new Records(inner, engine, new DelegatedTasks(engine, nobody, loop)));
  }

  @Benchmark
  public int ours() throws IOException {
    writer.write(sent.clear());
    got.clear();
    while (got.position() < shape.bytes) {
      reader.read(got);
    }
    return got.position();
  }

  @Benchmark
  public int reference() throws IOException {
    encrypted.clear();
    client.wrap(sent.clear(), encrypted);
    pipe[0].write(encrypted.flip());
    got.clear();
    arrived.clear();
    do {
      pipe[1].read(arrived);
      arrived.flip();
      if (server.unwrap(arrived, got).getStatus() == Status.BUFFER_UNDERFLOW) {
        arrived.compact();
      }
    } while (got.position() < shape.bytes);
    return got.position();
  }
}
