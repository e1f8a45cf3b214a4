package io.nodepass.tunnel;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.atomic.AtomicInteger;

/** A legacy server played by hand, and the target beside the client that it serves. */
final class HandServer implements AutoCloseable {
  final ServerSocket tunnel = listen();
  final ServerSocket data = listen();
  final ServerSocket target = listen();
  private final AtomicInteger ids = new AtomicInteger(0xabcdef00);

  HandServer() throws IOException {}

  private static ServerSocket listen() throws IOException {
    return new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
  }

  /** The URL of a client of this server, with a short cooldown and without a hello. */
  String url(String parameters) {
    return url("127.0.0.1", parameters);
  }

  String url(String host, String parameters) {
    return anyUrl(host, "&proto=legacy" + parameters);
  }

  /** As above, with the dialect left open. */
  String anyUrl(String parameters) {
    return anyUrl("127.0.0.1", parameters);
  }

  private String anyUrl(String host, String parameters) {
    return "client://"
        + host
        + ":"
        + tunnel.getLocalPort()
        + "/"
        + host
        + ":"
        + target.getLocalPort()
        + "?loops=2&report_interval=0&service_cooldown=100ms"
        + parameters;
  }

  String greeting() {
    return "//" + data.getLocalPort() + "#0\n";
  }

  /** The client's next control connection, greeted. */
  Peer control() throws IOException {
    Peer control = Peer.accept(tunnel);
    control.send(greeting());
    return control;
  }

  /** The client's next data connection, without an id. */
  Peer unnamed() throws IOException {
    return Peer.accept(data);
  }

  String nextId() {
    return ReadyPool.hex(ids.getAndIncrement());
  }

  /** The client's next data connection, named. */
  Named named() throws IOException {
    Named named = new Named(unnamed(), nextId());
    named.peer.send(named.id);
    return named;
  }

  /** The next connection at the target. */
  Peer target() throws IOException {
    return Peer.accept(target);
  }

  void expectNobodyAtTheTarget() throws IOException {
    assertTrue(Peer.nobodyComes(target, 150), "the target was dialled");
  }

  /** A data connection that has been given its id. */
  record Named(Peer peer, String id) implements AutoCloseable {
    void signal(Peer control) throws IOException {
      control.send("//" + id + "#1\n");
    }

    @Override
    public void close() throws IOException {
      peer.close();
    }
  }

  @Override
  public void close() throws IOException {
    tunnel.close();
    data.close();
    target.close();
  }
}
