package io.nodepass.testkit;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The server of the legacy dialect as the original plays it, for TCP, on loopback. It takes one
 * control client and none until its rebuild, shakes hands with one data connection after the other
 * without a limit of time, names each with eight hex digits, hands them out oldest first after a
 * one-millisecond look whether they are still silent and alive, and signals at once, however fresh
 * the connection is.
 */
public final class LegacyServerDouble extends LegacyDouble {
  private static final int BACKLOG = 1024;
  private static final int ID_LENGTH = 8;

  private final Settings settings;
  private final LegacyTls tls;
  private final InetSocketAddress tunnel;
  private final InetSocketAddress ingress;
  private final InetSocketAddress data;
  private final AtomicInteger probesFailed = new AtomicInteger();

  /**
   * How it is set up.
   *
   * @param tunnelPort where control is taken; 0 for any
   * @param ingressPort where users are taken; 0 for any
   * @param maxPool ready connections kept at most; more are closed at once
   * @param report interval of the blank lines
   * @param cooldown pause before the rebuild
   * @param mode the TLS mode it announces
   * @param identity what it shows in modes 1 and 2; null in mode 0
   */
  public record Settings(
      int tunnelPort,
      int ingressPort,
      int maxPool,
      Duration report,
      Duration cooldown,
      int mode,
      Openssl.Issued identity) {
    /** Any ports and the original's numbers, with a shorter pause before the rebuild. */
    public static final Settings DEFAULTS =
        new Settings(0, 0, 1024, Duration.ofSeconds(5), Duration.ofMillis(200), 0, null);

    /** Other pauses: the original notices a lost control channel only when it writes. */
    public Settings withPauses(Duration report, Duration cooldown) {
      return new Settings(tunnelPort, ingressPort, maxPool, report, cooldown, mode, identity);
    }

    public Settings withTls(int mode, Openssl.Issued identity) {
      return new Settings(tunnelPort, ingressPort, maxPool, report, cooldown, mode, identity);
    }
  }

  private LegacyServerDouble(Settings settings) throws IOException {
    super("legacy server", settings.cooldown());
    this.settings = settings;
    this.tls = settings.mode() == 0 ? null : LegacyTls.server(settings.identity());
    ServerRound first =
        new ServerRound(
            Ports.loopback(settings.tunnelPort()),
            Ports.loopback(0),
            Ports.loopback(settings.ingressPort()));
    this.tunnel = Ports.loopback(first.tunnelListener.getLocalPort());
    this.data = Ports.loopback(first.dataListener.getLocalPort());
    this.ingress = Ports.loopback(first.ingressListener.getLocalPort());
    begin(first);
  }

  public static LegacyServerDouble start() throws IOException {
    return start(Settings.DEFAULTS);
  }

  public static LegacyServerDouble start(Settings settings) throws IOException {
    return new LegacyServerDouble(settings);
  }

  @Override
  Round nextRound() throws IOException {
    return new ServerRound(tunnel, data, ingress);
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

  /** Ready connections that were dead, or had spoken, when their turn came. */
  public int probesFailed() {
    return probesFailed.get();
  }

  @Override
  String tail() {
    return super.tail() + ", " + probesFailed + " probes failed";
  }

  /** Closes the control channel under the client's feet; the rebuild follows. */
  public void dropControl() {
    if (round() instanceof ServerRound now && now.control != null) {
      crew.release(now.control);
    }
  }

  private record Named(String id, Wire wire) {}

  /** From its listeners to the loss of its control channel. */
  private final class ServerRound implements Round {
    private final ServerSocket tunnelListener;
    private final ServerSocket dataListener;
    private final ServerSocket ingressListener;
    private final BlockingQueue<Named> ready = new LinkedBlockingQueue<>(settings.maxPool());
    private volatile Socket control;

    ServerRound(InetSocketAddress tunnel, InetSocketAddress data, InetSocketAddress ingress)
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

    @Override
    public void live() throws IOException, InterruptedException {
      control = adopted(tunnelListener.accept());
      say("//" + dataListener.getLocalPort() + "#" + settings.mode() + "\n");
      countControl();
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
        Socket socket = adopted(dataListener.accept());
        Wire wire;
        try {
          wire = crew.own(tls == null ? Wire.plain(socket) : tls.accept(socket), socket);
        } catch (IOException e) {
          countRefused();
          crew.release(socket);
          continue;
        }
        countPooled();
        String id = HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextInt());
        try {
          wire.write(id.getBytes(StandardCharsets.US_ASCII), ID_LENGTH);
        } catch (IOException e) {
          crew.release(wire);
          continue;
        }
        if (!ready.offer(new Named(id, wire))) {
          crew.release(wire);
        }
      }
    }

    private void acceptUsers() throws IOException {
      while (true) {
        Socket user = adopted(ingressListener.accept());
        Wire wire = crew.own(Wire.plain(user), user);
        crew.spawn("user", () -> serve(wire));
      }
    }

    private void serve(Wire user) throws IOException, InterruptedException {
      Named named = null;
      try {
        named = takeAlive();
        say("//" + named.id() + "#1\n");
        countCarried();
        carry(named.wire(), user);
      } finally {
        crew.release(user);
        if (named != null) {
          crew.release(named.wire());
        }
      }
    }

    private Named takeAlive() throws InterruptedException {
      while (true) {
        Named named = ready.take();
        if (named.wire().isSilentAndAlive()) {
          return named;
        }
        probesFailed.incrementAndGet();
        crew.release(named.wire());
      }
    }

    @Override
    public int ready() {
      return ready.size();
    }

    @Override
    public void stop() {
      for (Named named = ready.poll(); named != null; named = ready.poll()) {
        crew.release(named.wire());
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
