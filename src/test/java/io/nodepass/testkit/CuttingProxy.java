package io.nodepass.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Carries TCP connections to one address and cuts them on command: after a given number of further
 * bytes from the far side, both ends are reset or ended.
 */
public final class CuttingProxy implements AutoCloseable {
  private static final int NEVER = -1;

  private final InetSocketAddress upstream;
  private final ServerSocket listener;
  private final Crew crew = new Crew("cutting proxy");
  private final AtomicInteger accepted = new AtomicInteger();
  private final AtomicInteger cuts = new AtomicInteger();
  private final Queue<Integer> planned = new ConcurrentLinkedQueue<>();
  private volatile boolean reset;

  private CuttingProxy(InetSocketAddress upstream, ServerSocket listener) {
    this.upstream = upstream;
    this.listener = listener;
  }

  public static CuttingProxy to(InetSocketAddress upstream) throws IOException {
    ServerSocket listener = new ServerSocket();
    listener.bind(Ports.loopback(0));
    CuttingProxy proxy = new CuttingProxy(upstream, listener);
    proxy.crew.own(listener);
    proxy.crew.spawn("accept", proxy::acceptAll);
    return proxy;
  }

  public InetSocketAddress address() {
    return Ports.loopback(listener.getLocalPort());
  }

  public int accepted() {
    return accepted.get();
  }

  public int cuts() {
    return cuts.get();
  }

  /**
   * Cuts one connection after the other: the next whose far side speaks, after the first of these
   * numbers of its bytes was passed on, the one after that by the second number, and so on.
   *
   * @param byReset whether the near side sees a reset rather than an end
   * @param bytes passed on before each cut
   */
  public void cut(boolean byReset, int... bytes) {
    reset = byReset;
    for (int each : bytes) {
      planned.add(each);
    }
  }

  @Override
  public void close() {
    crew.close();
  }

  private void acceptAll() throws IOException {
    while (true) {
      Socket near = crew.own(listener.accept());
      accepted.incrementAndGet();
      crew.spawn("carry", () -> carry(near));
    }
  }

  private void carry(Socket near) throws IOException {
    Socket far = new Socket();
    try {
      crew.own(far);
      far.connect(upstream);
      near.setTcpNoDelay(true);
      far.setTcpNoDelay(true);
      crew.spawn("up", () -> copyUp(near, far));
      copyDown(far, near);
    } finally {
      crew.release(near);
      crew.release(far);
    }
  }

  private static void copyUp(Socket near, Socket far) throws IOException {
    near.getInputStream().transferTo(far.getOutputStream());
    far.shutdownOutput();
  }

  private void copyDown(Socket far, Socket near) throws IOException {
    InputStream in = far.getInputStream();
    OutputStream out = near.getOutputStream();
    byte[] buffer = new byte[16 * 1024];
    int left = NEVER;
    for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
      Integer plan = left == NEVER ? planned.poll() : null;
      left = plan == null ? left : plan;
      if (left != NEVER && n >= left) {
        out.write(buffer, 0, left);
        cuts.incrementAndGet();
        if (reset) {
          near.setSoLinger(true, 0);
        }
        far.setSoLinger(true, 0);
        return;
      }
      out.write(buffer, 0, n);
      left = left == NEVER ? NEVER : left - n;
    }
    near.shutdownOutput();
  }
}
