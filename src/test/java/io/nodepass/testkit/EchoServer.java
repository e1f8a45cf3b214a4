package io.nodepass.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Sends back what it gets, on a loopback port of its own. The end of a user's stream becomes the
 * end of ours after the last byte; a broken connection is counted and closed.
 */
public final class EchoServer implements AutoCloseable {
  private static final int BACKLOG = 1024;

  private final ServerSocket listener;
  private final Crew crew = new Crew("echo");
  private final AtomicInteger accepted = new AtomicInteger();
  private final AtomicInteger active = new AtomicInteger();
  private final AtomicInteger peak = new AtomicInteger();
  private final AtomicInteger broken = new AtomicInteger();
  private final AtomicLong bytes = new AtomicLong();

  private EchoServer(ServerSocket listener) {
    this.listener = listener;
  }

  public static EchoServer start() throws IOException {
    return start(0);
  }

  public static EchoServer start(int port) throws IOException {
    ServerSocket listener = new ServerSocket();
    listener.bind(Ports.loopback(port), BACKLOG);
    EchoServer server = new EchoServer(listener);
    server.crew.own(listener);
    server.crew.spawn("accept", server::acceptAll);
    return server;
  }

  /** Argument: the port. As a program, because it stands in a namespace. */
  public static void main(String[] arguments) throws IOException {
    EchoServer server = start(Integer.parseInt(arguments[0]));
    new PrintStream(System.out, true, StandardCharsets.UTF_8)
        .println("echoing on " + server.address());
    while (true) {
      LockSupport.park();
    }
  }

  public InetSocketAddress address() {
    return Ports.loopback(listener.getLocalPort());
  }

  /** Connections accepted so far. */
  public int accepted() {
    return accepted.get();
  }

  /** Connections not ended yet. */
  public int active() {
    return active.get();
  }

  /** The most connections there ever were at the same time. */
  public int peak() {
    return peak.get();
  }

  /** Connections that ended by an error rather than by their end. */
  public int broken() {
    return broken.get();
  }

  /** Bytes sent back so far. */
  public long bytes() {
    return bytes.get();
  }

  @Override
  public void close() {
    crew.close();
  }

  private void acceptAll() throws IOException {
    while (true) {
      Socket user = crew.own(listener.accept());
      accepted.incrementAndGet();
      peak.accumulateAndGet(active.incrementAndGet(), Math::max);
      crew.spawn("user", () -> echo(user));
    }
  }

  private void echo(Socket user) {
    try {
      user.setTcpNoDelay(true);
      copyBack(user);
      // Counted as ended before the other side can know, so that nobody sees one too many.
      active.decrementAndGet();
      user.shutdownOutput();
    } catch (IOException e) {
      // The peer did not wait for our end; what it got was counted.
    } finally {
      crew.release(user);
    }
  }

  private void copyBack(Socket user) {
    try {
      InputStream in = user.getInputStream();
      OutputStream out = user.getOutputStream();
      byte[] buffer = new byte[32 * 1024];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        out.write(buffer, 0, n);
        bytes.addAndGet(n);
      }
    } catch (IOException e) {
      broken.incrementAndGet();
    }
  }
}
