package io.nodepass.transport.tls;

import io.nodepass.testkit.LoopbackPair;
import io.nodepass.testkit.TestLoop;
import io.nodepass.transport.Arrival;
import io.nodepass.transport.tcp.TcpListener;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLEngine;

/** Accepts connections and does the handshake on them, one when it is asked to. */
final class TlsServer {
  private final TestLoop loop;
  private final TcpListener listener;
  private final BlockingQueue<Arrival> arrivals = new LinkedBlockingQueue<>();

  TlsServer(TestLoop loop) throws Exception {
    this.loop = loop;
    this.listener =
        TcpListener.open(loop.loop(), LoopbackPair.anyPort(), arrivals::add, loop.log());
  }

  int port() {
    return listener.address().getPort();
  }

  /** The only one there will be. */
  Handshaking accept() throws Exception {
    return accept(Tls13.server(TestKeys.server()));
  }

  /** The last one there will be. */
  Handshaking accept(SSLEngine engine) throws Exception {
    Handshaking last = next(engine);
    close();
    return last;
  }

  void close() throws Exception {
    loop.run(listener::close);
  }

  /** One after which there may be others. */
  Handshaking next(SSLEngine engine) throws Exception {
    Arrival arrived = arrivals.poll(TestLoop.DEADLINE.toSeconds(), TimeUnit.SECONDS);
    if (arrived == null) {
      throw new AssertionError("nobody came");
    }
    return Handshaking.begin(loop, loop.call(() -> arrived.bind(loop.loop())), engine);
  }
}
