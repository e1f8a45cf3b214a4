package io.nodepass.testkit;

import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The client of the legacy dialect as the original plays it, for TCP without TLS. It dials its pool
 * full one connection after another, then sleeps for the interval and moves the capacity by one; it
 * wants the eight digits from a single read, gives up at once on an id it does not know, and
 * flushes the whole pool after too many of those.
 */
public final class LegacyClientDouble implements AutoCloseable {
  private static final int ID_LENGTH = 8;

  private final Settings settings;
  private final InetSocketAddress tunnel;
  private final InetSocketAddress target;
  private final Crew crew = new Crew("legacy client");
  private final AtomicInteger controls = new AtomicInteger();
  private final AtomicInteger pooled = new AtomicInteger();
  private final AtomicInteger carried = new AtomicInteger();
  private final AtomicInteger active = new AtomicInteger();
  private final AtomicInteger unknownIds = new AtomicInteger();
  private final AtomicInteger brokenIds = new AtomicInteger();
  private final AtomicInteger flushes = new AtomicInteger();
  private final AtomicInteger foreignLines = new AtomicInteger();
  private volatile Round round;

  /**
   * How it is set up.
   *
   * @param minPool ready connections it starts with and keeps at least
   * @param maxPool ready connections it grows to at most
   * @param interval its sleep between two fillings
   * @param cooldown pause before the rebuild
   */
  public record Settings(int minPool, int maxPool, Duration interval, Duration cooldown) {
    /** The original's numbers, with a shorter pause before the rebuild. */
    public static final Settings DEFAULTS =
        new Settings(16, 1024, Duration.ofSeconds(1), Duration.ofMillis(200));

    public Settings withPool(int min, int max) {
      return new Settings(min, max, interval, cooldown);
    }
  }

  private LegacyClientDouble(
      Settings settings, InetSocketAddress tunnel, InetSocketAddress target) {
    this.settings = settings;
    this.tunnel = tunnel;
    this.target = target;
  }

  public static LegacyClientDouble start(InetSocketAddress tunnel, InetSocketAddress target) {
    return start(Settings.DEFAULTS, tunnel, target);
  }

  public static LegacyClientDouble start(
      Settings settings, InetSocketAddress tunnel, InetSocketAddress target) {
    LegacyClientDouble client = new LegacyClientDouble(settings, tunnel, target);
    client.crew.spawn("rounds", client::run);
    return client;
  }

  /** Control channels whose first line was understood so far, over all rebuilds. */
  public int controls() {
    return controls.get();
  }

  /** Data connections that got their id so far. */
  public int pooled() {
    return pooled.get();
  }

  /** Ready connections now, dead ones included: the original cannot tell. */
  public int ready() {
    Round now = round;
    return now == null ? 0 : now.ready.size();
  }

  /** Users that reached the target so far. */
  public int carried() {
    return carried.get();
  }

  /** Users that are being carried now. */
  public int active() {
    return active.get();
  }

  /** Signals for an id that was not in the pool; each left a user hanging. */
  public int unknownIds() {
    return unknownIds.get();
  }

  /** Data connections that ended before their id, or whose id came in pieces. */
  public int brokenIds() {
    return brokenIds.get();
  }

  /** How often too many unknown ids emptied the pool. */
  public int flushes() {
    return flushes.get();
  }

  /** Control lines that are neither blank nor a TCP signal: a server should not send any. */
  public int foreignLines() {
    return foreignLines.get();
  }

  @Override
  public void close() {
    crew.close();
  }

  private void run() throws InterruptedException {
    while (!crew.isClosed()) {
      Round now = new Round();
      round = now;
      try {
        now.follow();
      } catch (IOException | NumberFormatException e) {
        // No server, no line that can be used, or control is lost: rebuilt after the pause.
      } finally {
        round = null;
        now.stop();
      }
      Thread.sleep(settings.cooldown().toMillis());
    }
  }

  /** One life of the tunnel, from its control channel's first line to its loss. */
  private final class Round {
    private final ConcurrentMap<String, Socket> ready = new ConcurrentHashMap<>();
    private final AtomicInteger errors = new AtomicInteger();
    private final AtomicInteger capacity = new AtomicInteger(settings.minPool());
    private volatile boolean stopped;
    private Socket control;

    void follow() throws IOException {
      control = crew.own(new Socket());
      control.connect(tunnel);
      BufferedReader lines =
          new BufferedReader(
              new InputStreamReader(control.getInputStream(), StandardCharsets.US_ASCII));
      String first = nextLine(lines);
      InetSocketAddress data =
          new InetSocketAddress(tunnel.getAddress(), Integer.parseInt(authority(first)));
      if (!fragment(first).equals("0")) {
        throw new IOException("this double knows no TLS: " + first);
      }
      controls.incrementAndGet();
      crew.spawn("pool", () -> keepFull(data));
      while (true) {
        String line = nextLine(lines);
        if (line.isEmpty()) {
          continue;
        }
        if (fragment(line).equals("1")) {
          crew.spawn("user", () -> carry(authority(line)));
        } else {
          foreignLines.incrementAndGet();
        }
      }
    }

    private String nextLine(BufferedReader lines) throws IOException {
      String line = lines.readLine();
      if (line == null) {
        throw new EOFException("control channel ended");
      }
      return line.strip();
    }

    private void keepFull(InetSocketAddress data) throws InterruptedException {
      while (!stopped) {
        int created = 0;
        while (!stopped && ready.size() < capacity.get()) {
          if (addOne(data)) {
            created++;
          } else {
            // The original tries again without any pause; one core is enough for that.
            Thread.sleep(1);
          }
        }
        double ratio = (double) created / capacity.get();
        if (ratio < 0.2 && capacity.get() > settings.minPool()) {
          capacity.decrementAndGet();
        } else if (ratio > 0.8 && capacity.get() < settings.maxPool()) {
          capacity.incrementAndGet();
        }
        Thread.sleep(settings.interval().toMillis());
      }
    }

    private boolean addOne(InetSocketAddress data) {
      Socket socket = new Socket();
      try {
        crew.own(socket);
        socket.connect(data);
        socket.setTcpNoDelay(true);
        byte[] id = new byte[ID_LENGTH];
        if (socket.getInputStream().read(id) != ID_LENGTH) {
          brokenIds.incrementAndGet();
          crew.release(socket);
          return false;
        }
        ready.put(new String(id, StandardCharsets.US_ASCII), socket);
        pooled.incrementAndGet();
        return true;
      } catch (IOException e) {
        crew.release(socket);
        return false;
      }
    }

    private void carry(String id) throws IOException, InterruptedException {
      Socket tunnelled = ready.remove(id);
      if (tunnelled == null) {
        giveUpOn();
        return;
      }
      Socket service = new Socket();
      try {
        crew.own(service);
        service.connect(target);
        service.setTcpNoDelay(true);
        carried.incrementAndGet();
        active.incrementAndGet();
        try {
          BlockingExchange.run(crew, tunnelled, service);
        } finally {
          active.decrementAndGet();
        }
      } finally {
        crew.release(tunnelled);
        crew.release(service);
      }
    }

    private void giveUpOn() {
      unknownIds.incrementAndGet();
      if (errors.incrementAndGet() > capacity.get() / 3) {
        errors.set(0);
        flushes.incrementAndGet();
        flush();
      }
    }

    private void flush() {
      for (String id : ready.keySet()) {
        Socket socket = ready.remove(id);
        if (socket != null) {
          crew.release(socket);
        }
      }
    }

    /** Closes what belongs to this round; running exchanges go on, as in the original. */
    void stop() {
      stopped = true;
      flush();
      if (control != null) {
        crew.release(control);
      }
    }
  }

  /** What stands between {@code //} and the query or the fragment. */
  private static String authority(String line) throws IOException {
    if (!line.startsWith("//")) {
      throw new IOException("not a signal: " + line);
    }
    String beforeFragment = line.indexOf('#') < 0 ? line : line.substring(0, line.indexOf('#'));
    int query = beforeFragment.indexOf('?');
    return query < 0 ? beforeFragment.substring(2) : beforeFragment.substring(2, query);
  }

  private static String fragment(String line) {
    int hash = line.indexOf('#');
    return hash < 0 ? "" : line.substring(hash + 1);
  }
}
