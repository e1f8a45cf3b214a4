package io.nodepass.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * The two outermost sockets of one tunnelled connection, both in the test's hands.
 *
 * @param user the one at the ingress
 * @param service the one the target accepted
 */
public record SocketPair(Socket user, Socket service) implements AutoCloseable {
  /** Connects to the ingress and accepts what arrives at the target; reads have this patience. */
  public static SocketPair open(InetSocketAddress ingress, ServerSocket target, Duration patience)
      throws IOException {
    Socket user = Users.connect(ingress, patience);
    try {
      target.setSoTimeout((int) patience.toMillis());
      Socket service = target.accept();
      service.setTcpNoDelay(true);
      service.setSoTimeout((int) patience.toMillis());
      return new SocketPair(user, service);
    } catch (IOException e) {
      user.close();
      throw e;
    }
  }

  /** A target on a port of its own that accepts only when it is asked to. */
  public static ServerSocket target() throws IOException {
    ServerSocket target = new ServerSocket();
    target.bind(Ports.loopback(0), 1024);
    return target;
  }

  /** Sends a word from one end and waits for it at the other. */
  public static void say(String word, Socket from, Socket to) throws IOException {
    from.getOutputStream().write(word.getBytes(StandardCharsets.US_ASCII));
    String heard =
        new String(to.getInputStream().readNBytes(word.length()), StandardCharsets.US_ASCII);
    if (!heard.equals(word)) {
      throw new AssertionError("sent '" + word + "' and got '" + heard + "'");
    }
  }

  /** Fails unless the stream has ended cleanly at this point. */
  public static void expectEnd(Socket socket) throws IOException {
    int b = socket.getInputStream().read();
    if (b >= 0) {
      throw new AssertionError("byte " + b + " instead of the end");
    }
  }

  /** Closes with a reset. */
  public static void reset(Socket socket) throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  /** Fails unless reading, past whatever still arrives, ends in a reset. */
  public static void expectReset(Socket socket) throws IOException {
    InputStream in = socket.getInputStream();
    byte[] buffer = new byte[16 * 1024];
    try {
      while (in.read(buffer) >= 0) {
        // Bytes that were on their way may still come.
      }
    } catch (java.net.SocketTimeoutException e) {
      throw new AssertionError("neither an end nor a reset came", e);
    } catch (java.net.SocketException e) {
      return;
    }
    throw new AssertionError("a clean end instead of a reset");
  }

  @Override
  public void close() throws IOException {
    user.close();
    service.close();
  }
}
