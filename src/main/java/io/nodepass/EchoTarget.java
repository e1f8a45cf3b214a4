package io.nodepass;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The demo's service: sends back what it gets, and ends when its caller ends. */
final class EchoTarget implements AutoCloseable {
  private static final int BACKLOG = 1024;

  private final ServerSocket listener;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();

  private EchoTarget(ServerSocket listener) {
    this.listener = listener;
  }

  /** Listens on a free loopback port. */
  static EchoTarget start() throws IOException {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    EchoTarget target = new EchoTarget(new ServerSocket(0, BACKLOG, loopback));
    DemoLoad.daemon("demo-target", target::accept);
    return target;
  }

  int port() {
    return listener.getLocalPort();
  }

  private void accept() {
    while (!listener.isClosed()) {
      try {
        Socket socket = listener.accept();
        open.add(socket);
        DemoLoad.daemon("demo-echo", () -> echo(socket));
      } catch (IOException e) {
        // Closed, or this one connection has failed: the loop's condition tells which.
      }
    }
  }

  private void echo(Socket socket) {
    try (socket) {
      byte[] buffer = new byte[64 * 1024];
      InputStream in = socket.getInputStream();
      OutputStream out = socket.getOutputStream();
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        out.write(buffer, 0, n);
      }
    } catch (IOException e) {
      // The other end will miss its bytes and say so.
    } finally {
      open.remove(socket);
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    for (Socket socket : open) {
      socket.close();
    }
  }
}
