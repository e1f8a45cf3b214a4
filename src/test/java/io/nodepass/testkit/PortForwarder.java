package io.nodepass.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/**
 * Publishes one port of a hidden place, as {@code docker run -p} does: what connects here is
 * connected there, and nothing else gets through. A program, because it stands in a namespace.
 */
public final class PortForwarder {
  private static final int BACKLOG = 512;

  private final InetSocketAddress hidden;
  private final Crew crew = new Crew("forwarder");

  private PortForwarder(InetSocketAddress hidden) {
    this.hidden = hidden;
  }

  /** Arguments: the address to listen on and the hidden one, both as {@code 10.77.1.1:10101}. */
  public static void main(String[] arguments) throws IOException {
    try (ServerSocket listener = new ServerSocket()) {
      listener.bind(address(arguments[0]), BACKLOG);
      PortForwarder forwarder = new PortForwarder(address(arguments[1]));
      say("forwarding " + arguments[0] + " to " + arguments[1]);
      while (true) {
        Socket near = listener.accept();
        forwarder.crew.spawn("carry", () -> forwarder.carry(near));
      }
    }
  }

  private void carry(Socket near) throws IOException {
    try (near;
        Socket far = new Socket()) {
      far.connect(hidden);
      near.setTcpNoDelay(true);
      far.setTcpNoDelay(true);
      Thread up = new Thread(() -> copy(near, far), "up");
      up.setDaemon(true);
      up.start();
      copy(far, near);
      up.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** To the end of the one, which becomes that of the other; an abort becomes one as well. */
  private static void copy(Socket from, Socket to) {
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      byte[] buffer = new byte[32 * 1024];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        out.write(buffer, 0, n);
      }
      to.shutdownOutput();
    } catch (IOException e) {
      abort(from);
      abort(to);
    }
  }

  private static void abort(Socket socket) {
    try {
      socket.setSoLinger(true, 0);
      socket.close();
    } catch (IOException e) {
      // It is gone already.
    }
  }

  private static InetSocketAddress address(String text) {
    int colon = text.lastIndexOf(':');
    return new InetSocketAddress(
        text.substring(0, colon), Integer.parseInt(text.substring(colon + 1)));
  }

  private static void say(String line) {
    new PrintStream(System.out, true, StandardCharsets.UTF_8).println(line);
  }
}
