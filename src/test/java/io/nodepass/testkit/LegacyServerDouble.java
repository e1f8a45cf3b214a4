package io.nodepass.testkit;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The server of the legacy dialect as the original plays it, for TCP without TLS, on loopback. It
 * takes one control client and none until its rebuild, names each data connection with eight hex
 * digits, hands them out oldest first after a one-millisecond look whether they are still silent
 * and alive, and signals at once, however fresh the connection is.
 */
public final class LegacyServerDouble implements AutoCloseable {
  private static final int BACKLOG = 1024;

  private final Settings settings;
  private final Crew crew = new Crew("legacy server");
  private final InetSocketAddress tunnel;
  private final InetSocketAddress ingress;
  private final InetSocketAddress data;
  private final AtomicInteger controls = new AtomicInteger();
  private final AtomicInteger pooled = new AtomicInteger();
  private final AtomicInteger carried = new AtomicInteger();
  private final AtomicInteger active = new AtomicInteger();
  private final AtomicInteger probesFailed = new AtomicInteger();
  private volatile Round round;

  /**
   * How it is set up.
   *
   * @param tunnelPort where control is taken; 0 for any
   * @param ingressPort where users are taken; 0 for any
   * @param maxPool ready connections kept at most; more are closed at once
   * @param report interval of the blank lines
   * @param cooldown pause before the rebuild
   */
  public record Settings(
      int tunnelPort, int ingressPort, int maxPool, Duration report, Duration cooldown) {
    /** Any ports and the original's numbers, with a shorter pause before the rebuild. */
    public static final Settings DEFAULTS =
        new Settings(0, 0, 1024, Duration.ofSeconds(5), Duration.ofMillis(200));
  }

  private LegacyServerDouble(Settings settings) throws IOException {
    this.settings = settings;
    Round first =
        new Round(
            Ports.loopback(settings.tunnelPort()),
            Ports.loopback(0),
            Ports.loopback(settings.ingressPort()));
    this.tunnel = Ports.loopback(first.tunnelListener.getLocalPort());
    this.data = Ports.loopback(first.dataListener.getLocalPort());
    this.ingress = Ports.loopback(first.ingressListener.getLocalPort());
    this.round = first;
  }

  public static LegacyServerDouble start() throws IOException {
    return start(Settings.DEFAULTS);
  }

  public static LegacyServerDouble start(Settings settings) throws IOException {
    LegacyServerDouble server = new LegacyServerDouble(settings);
    server.crew.spawn("rounds", server::run);
    return server;
  }

  /** Where the client finds its control channel. */
  public InetSocketAddress tunnel() {
    return tunnel;
  }

  /** Where users enter. */
  public InetSocketAddress ingress() {
    return ingress;
  }

  /** Where data connections are taken. */
  public InetSocketAddress data() {
    return data;
  }

  /** Control channels taken so far, over all rebuilds. */
  public int controls() {
    return controls.get();
  }

  /** Data connections taken so far. */
  public int pooled() {
    return pooled.get();
  }

  /** Data connections that are ready now, dead ones included: the original cannot tell. */
  public int ready() {
    Round now = round;
    return now == null ? 0 : now.ready.size();
  }

  /** Users that were given a data connection so far. */
  public int carried() {
    return carried.get();
  }

  /** Users that are being carried now. */
  public int active() {
    return active.get();
  }

  /** Ready connections that were dead, or had spoken, when their turn came. */
  public int probesFailed() {
    return probesFailed.get();
  }

  /** Closes the control channel under the client's feet; the rebuild follows. */
  public void dropControl() {
    Round now = round;
    if (now != null && now.control != null) {
      crew.release(now.control);
    }
  }

  @Override
  public void close() {
    crew.close();
  }

  private void run() throws InterruptedException {
    Round now = round;
    while (!crew.isClosed()) {
      try {
        if (now == null) {
          now = new Round(tunnel, data, ingress);
          round = now;
        }
        now.serve();
      } catch (IOException e) {
        // Control is lost or a port is still taken: the rebuild is the answer to both.
      } finally {
        round = null;
        if (now != null) {
          now.stop();
        }
        now = null;
      }
      Thread.sleep(settings.cooldown().toMillis());
    }
  }

  private record Named(String id, Socket socket) {}

  /** One life of the tunnel, from its listeners to the loss of its control channel. */
  private final class Round {
    private final ServerSocket tunnelListener;
    private final ServerSocket dataListener;
    private final ServerSocket ingressListener;
    private final BlockingQueue<Named> ready = new LinkedBlockingQueue<>(settings.maxPool());
    private volatile Socket control;

    Round(InetSocketAddress tunnel, InetSocketAddress data, InetSocketAddress ingress)
        throws IOException {
      tunnelListener = listen(tunnel);
      dataListener = listen(data);
      ingressListener = listen(ingress);
    }

    private ServerSocket listen(InetSocketAddress address) throws IOException {
      ServerSocket listener = crew.own(new ServerSocket());
      listener.bind(address, BACKLOG);
      return listener;
    }

    /** Ends by an exception when the control channel takes no more. */
    void serve() throws IOException, InterruptedException {
      control = crew.own(tunnelListener.accept());
      control.setTcpNoDelay(true);
      say("//" + dataListener.getLocalPort() + "#0\n");
      controls.incrementAndGet();
      crew.spawn("data", this::acceptData);
      crew.spawn("ingress", this::acceptUsers);
      while (true) {
        say("\n");
        Thread.sleep(settings.report().toMillis());
      }
    }

    private synchronized void say(String line) throws IOException {
      control.getOutputStream().write(line.getBytes(StandardCharsets.US_ASCII));
    }

    private void acceptData() throws IOException {
      while (true) {
        Socket socket = crew.own(dataListener.accept());
        socket.setTcpNoDelay(true);
        pooled.incrementAndGet();
        String id = HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextInt());
        try {
          socket.getOutputStream().write(id.getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
          crew.release(socket);
          continue;
        }
        if (!ready.offer(new Named(id, socket))) {
          crew.release(socket);
        }
      }
    }

    private void acceptUsers() throws IOException {
      while (true) {
        Socket user = crew.own(ingressListener.accept());
        user.setTcpNoDelay(true);
        crew.spawn("user", () -> carry(user));
      }
    }

    private void carry(Socket user) throws IOException, InterruptedException {
      Named named = null;
      try {
        named = takeAlive();
        say("//" + named.id() + "#1\n");
        carried.incrementAndGet();
        active.incrementAndGet();
        try {
          BlockingExchange.run(crew, named.socket(), user);
        } finally {
          active.decrementAndGet();
        }
      } finally {
        crew.release(user);
        if (named != null) {
          crew.release(named.socket());
        }
      }
    }

    private Named takeAlive() throws InterruptedException {
      while (true) {
        Named named = ready.take();
        if (isSilentAndAlive(named.socket())) {
          return named;
        }
        probesFailed.incrementAndGet();
        crew.release(named.socket());
      }
    }

    /** The original's look: a read of one byte that must time out. A byte there is lost. */
    private boolean isSilentAndAlive(Socket socket) {
      try {
        socket.setSoTimeout(1);
        int ignored = socket.getInputStream().read();
        return false;
      } catch (SocketTimeoutException e) {
        return restoreBlocking(socket);
      } catch (IOException e) {
        return false;
      }
    }

    private boolean restoreBlocking(Socket socket) {
      try {
        socket.setSoTimeout(0);
        return true;
      } catch (IOException e) {
        return false;
      }
    }

    /** Closes what belongs to this round; running exchanges go on, as in the original. */
    void stop() {
      for (Named named = ready.poll(); named != null; named = ready.poll()) {
        crew.release(named.socket());
      }
      if (control != null) {
        crew.release(control);
      }
      crew.release(ingressListener);
      crew.release(dataListener);
      crew.release(tunnelListener);
    }
  }
}
