package io.nodepass.transport.tls;

import io.nodepass.testkit.LoopbackPair;
import io.nodepass.testkit.Ports;
import io.nodepass.testkit.TestLoop;
import io.nodepass.transport.Flow;
import io.nodepass.transport.Resolver;
import io.nodepass.transport.tcp.TcpDialer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLEngine;

/** Dials a TLS server that is not ours. */
final class TlsDial {
  private TlsDial() {}

  /** The handshake of an engine with whoever listens on this port of the loopback interface. */
  static Handshaking to(TestLoop loop, int port, SSLEngine engine) throws Exception {
    CompletableFuture<Flow> dialled = new CompletableFuture<>();
    try (Resolver resolver = new Resolver()) {
      loop.run(
          () ->
              new TcpDialer(resolver)
                  .dial(
                      loop.loop(),
                      Ports.loopback(port),
                      TestLoop.DEADLINE.toNanos(),
                      LoopbackPair.completing(dialled)));
      Flow tcp = dialled.get(TestLoop.DEADLINE.toSeconds(), TimeUnit.SECONDS);
      return Handshaking.begin(loop, tcp, engine);
    }
  }

  /** As above, by an engine that believes everything. */
  static Handshaking to(TestLoop loop, int port) throws Exception {
    return to(loop, port, Tls13.client(TestKeys.client(), null, port));
  }
}
