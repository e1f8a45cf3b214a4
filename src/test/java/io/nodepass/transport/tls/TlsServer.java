package io.nodepass.transport.tls;

import io.nodepass.testkit.LoopbackPair;
import io.nodepass.testkit.TestLoop;
import io.nodepass.transport.Arrival;
import io.nodepass.transport.tcp.TcpListener;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLEngine;

/** Accepts one connection and does the handshake on it. */
final class TlsServer {
  private final TestLoop loop;
  private final TcpListener listener;
  private final CompletableFuture<Arrival> arrival = new CompletableFuture<>();

  TlsServer(TestLoop loop) throws Exception {
    this.loop = loop;
    this.listener =
        TcpListener.open(loop.loop(), LoopbackPair.anyPort(), arrival::complete, loop.log());
  }

  int port() {
    return listener.address().getPort();
  }

  Handshaking accept() throws Exception {
    return accept(Tls13.server(TestKeys.server()));
  }

  Handshaking accept(SSLEngine engine) throws Exception {
    Arrival arrived = arrival.get(TestLoop.DEADLINE.toSeconds(), TimeUnit.SECONDS);
    loop.run(listener::close);
    return Handshaking.begin(loop, loop.call(() -> arrived.bind(loop.loop())), engine);
  }
}
