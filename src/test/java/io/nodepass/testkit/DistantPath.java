package io.nodepass.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * Carries TCP connections between two ports of the same number on two addresses of this machine,
 * and what is said arrives later than it was. Only the connection itself is there at once, so that
 * the far side waits for the first word for as long as it takes on its way.
 */
public final class DistantPath implements AutoCloseable {
  private final InetAddress here;
  private final InetSocketAddress far;
  private final long nanos;
  private final ServerSocket listener = new ServerSocket();
  private final Crew crew = new Crew("distant path");

  private DistantPath(InetAddress here, InetSocketAddress far, Duration oneWay) throws IOException {
    this.here = here;
    this.far = far;
    this.nanos = oneWay.toNanos();
  }

  /**
   * Listens at the port of {@code far} on the address {@code here}.
   *
   * @param here also where its connections to the far side come from
   */
  public static DistantPath start(String here, InetSocketAddress far, Duration oneWay)
      throws IOException {
    DistantPath path = new DistantPath(InetAddress.getByName(here), far, oneWay);
    path.listener.bind(new InetSocketAddress(path.here, far.getPort()));
    path.crew.own(path.listener);
    path.crew.spawn("accept", path::acceptAll);
    return path;
  }

  private void acceptAll() throws IOException {
    while (true) {
      Socket near = crew.own(listener.accept());
      crew.spawn("carry", () -> carry(near));
    }
  }

  private void carry(Socket near) throws IOException {
    Socket away = new Socket();
    try {
      crew.own(away);
      away.bind(new InetSocketAddress(here, 0));
      away.connect(far);
      near.setTcpNoDelay(true);
      away.setTcpNoDelay(true);
      crew.spawn("up", () -> copy(near, away));
      copy(away, near);
    } finally {
      crew.release(near);
      crew.release(away);
    }
  }

  private void copy(Socket from, Socket to) throws IOException {
    InputStream in = from.getInputStream();
    OutputStream out = to.getOutputStream();
    byte[] buffer = new byte[16 * 1024];
    for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
      long end = System.nanoTime() + nanos;
      for (long left = nanos; left > 0; left = end - System.nanoTime()) {
        LockSupport.parkNanos(left);
      }
      out.write(buffer, 0, n);
    }
    to.shutdownOutput();
  }

  @Override
  public void close() {
    crew.close();
  }
}
