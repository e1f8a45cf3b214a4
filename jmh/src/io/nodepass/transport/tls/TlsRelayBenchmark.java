package io.nodepass.transport.tls;

import io.nodepass.jmh.Stage;
import io.nodepass.reactor.EventLoop;
import io.nodepass.relay.Relay;
import io.nodepass.relay.RelayLimits;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.concurrent.ExecutionException;
import javax.net.ssl.SSLEngine;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Four full records from a bare engine through a relay that decrypts, on its loop's thread and over
 * loopback sockets: against the plainest thread that does the same. Both sides include the engine
 * that encrypts.
 */
@State(Scope.Thread)
public class TlsRelayBenchmark {
  private static final int BYTES = 4 * EnginePair.FRAGMENT;

  final ByteBuffer sent = Stage.pattern(BYTES);
  final ByteBuffer got = ByteBuffer.allocateDirect(BYTES);
  final ByteBuffer encrypted = ByteBuffer.allocateDirect(2 * BYTES);

  /** A relay of the product from a TLS flow to a plain one. */
  @State(Scope.Thread)
  public static class Ours {
    EventLoop loop;
    SSLEngine engine;
    SocketChannel user;
    SocketChannel service;

    @Setup
    public void open() throws IOException, ExecutionException, InterruptedException {
      EnginePair engines = EnginePair.connected();
      engine = engines.client();
      loop = Stage.loop().start();
      Stage.Connection in = Stage.connect(loop);
      Stage.Connection out = Stage.connect(loop);
      user = in.peer();
      service = out.peer();
      loop.execute(
          () -> {
            DelegatedTasks tasks = new DelegatedTasks(engines.server(), Runnable::run, loop);
            TlsFlow tls = new TlsFlow(new Records(in.flow(), engines.server(), tasks));
            new Relay(tls, out.flow(), RelayLimits.DEFAULTS, (relay, failed, cause) -> {})
                .start(null);
          });
    }

    @TearDown
    public void close() throws IOException {
      loop.close();
      user.close();
      service.close();
    }
  }

  /** The same with an engine, a selector, a thread and two buffers. */
  @State(Scope.Thread)
  public static class Plain {
    PlainTlsRelay relay;
    SSLEngine engine;
    SocketChannel user;
    SocketChannel service;

    @Setup
    public void open() throws IOException {
      EnginePair engines = EnginePair.connected();
      engine = engines.client();
      SocketChannel[] in = Stage.sockets();
      SocketChannel[] out = Stage.sockets();
      user = in[0];
      service = out[0];
      relay = new PlainTlsRelay(in[1], engines.server(), out[1]);
      relay.start();
    }

    @TearDown
    public void close() throws IOException, InterruptedException {
      relay.end();
      user.close();
      service.close();
    }
  }

  @Benchmark
  public int ours(Ours ours) throws IOException {
    return pass(ours.engine, ours.user, ours.service);
  }

  @Benchmark
  public int reference(Plain plain) throws IOException {
    return pass(plain.engine, plain.user, plain.service);
  }

  private int pass(SSLEngine engine, SocketChannel from, SocketChannel into) throws IOException {
    sent.clear();
    encrypted.clear();
    while (sent.hasRemaining()) {
      engine.wrap(sent, encrypted);
    }
    from.write(encrypted.flip());
    got.clear();
    while (got.hasRemaining()) {
      into.read(got);
    }
    return got.position();
  }
}
