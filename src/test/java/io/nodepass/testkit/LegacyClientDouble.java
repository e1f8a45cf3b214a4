package io.nodepass.testkit;

import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The client of the legacy dialect as the original plays it, for TCP. It adopts the server's TLS
 * mode, dials its pool full one connection after another, then sleeps for the interval and moves
 * the capacity by one; it wants the eight digits from a single read, gives up at once on an id it
 * does not know, and flushes the whole pool after too many of those.
 */
public final class LegacyClientDouble extends LegacyDouble {
  private static final int ID_LENGTH = 8;

  private final Settings settings;
  private final InetSocketAddress tunnel;
  private final InetSocketAddress target;
  private final AtomicInteger unknownIds = new AtomicInteger();
  private final AtomicInteger brokenIds = new AtomicInteger();
  private final AtomicInteger flushes = new AtomicInteger();
  private final AtomicInteger foreignLines = new AtomicInteger();

  /**
   * How it is set up.
   *
   * @param minPool ready connections it starts with and keeps at least
   * @param maxPool ready connections it grows to at most
   * @param interval its sleep between two fillings
   * @param cooldown pause before the rebuild
   * @param host the name in its URL, which the certificate has to be for in mode 2
   * @param issuers whom it trusts in mode 2, a PEM file; null where that does not come
   */
  public record Settings(
      int minPool, int maxPool, Duration interval, Duration cooldown, String host, Path issuers) {
    /** The original's numbers, with a shorter pause before the rebuild. */
    public static final Settings DEFAULTS =
        new Settings(16, 1024, Duration.ofSeconds(1), Duration.ofMillis(200), "localhost", null);

    public Settings withPool(int min, int max) {
      return new Settings(min, max, interval, cooldown, host, issuers);
    }

    public Settings trusting(Path issuers) {
      return new Settings(minPool, maxPool, interval, cooldown, host, issuers);
    }
  }

  private LegacyClientDouble(
      Settings settings, InetSocketAddress tunnel, InetSocketAddress target) {
    super("legacy client", settings.cooldown());
    this.settings = settings;
    this.tunnel = tunnel;
    this.target = target;
    begin(nextRound());
  }

  public static LegacyClientDouble start(InetSocketAddress tunnel, InetSocketAddress target) {
    return start(Settings.DEFAULTS, tunnel, target);
  }

  public static LegacyClientDouble start(
      Settings settings, InetSocketAddress tunnel, InetSocketAddress target) {
    return new LegacyClientDouble(settings, tunnel, target);
  }

  @Override
  Round nextRound() {
    return new ClientRound();
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
  String tail() {
    return super.tail() + ", " + unknownIds + " unknown ids, " + brokenIds + " broken ones";
  }

  private LegacyTls tls(String mode) throws IOException {
    return switch (mode) {
      case "0" -> null;
      case "1" -> LegacyTls.believing();
      case "2" -> LegacyTls.verifying(settings.host(), settings.issuers());
      default -> throw new IOException("no TLS mode: " + mode);
    };
  }

  /** From its control channel's first line to its loss. */
  private final class ClientRound implements Round {
    private final ConcurrentMap<String, Wire> ready = new ConcurrentHashMap<>();
    private final AtomicInteger errors = new AtomicInteger();
    private final AtomicInteger capacity = new AtomicInteger(settings.minPool());
    private volatile boolean stopped;
    private Socket control;
    private InetSocketAddress data;
    private LegacyTls tls;

    @Override
    public void live() throws IOException {
      control = crew.own(new Socket());
      control.connect(tunnel);
      BufferedReader lines =
          new BufferedReader(
              new InputStreamReader(control.getInputStream(), StandardCharsets.US_ASCII));
      String first = nextLine(lines);
      data = new InetSocketAddress(tunnel.getAddress(), Integer.parseInt(authority(first)));
      tls = tls(fragment(first));
      countControl();
      crew.spawn("pool", this::keepFull);
      while (true) {
        String line = nextLine(lines);
        if (line.isEmpty()) {
          continue;
        }
        if (fragment(line).equals("1")) {
          crew.spawn("user", () -> serve(authority(line)));
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

    private void keepFull() throws InterruptedException {
      while (!stopped) {
        int created = 0;
        while (!stopped && ready.size() < capacity.get()) {
          if (addOne()) {
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

    private boolean addOne() {
      Wire wire = dial();
      if (wire == null) {
        return false;
      }
      byte[] id = new byte[ID_LENGTH];
      try {
        if (wire.read(id) == ID_LENGTH) {
          ready.put(new String(id, StandardCharsets.US_ASCII), wire);
          countPooled();
          return true;
        }
        brokenIds.incrementAndGet();
      } catch (IOException e) {
        // As good as none.
      }
      crew.release(wire);
      return false;
    }

    /** A data connection with its TLS, or null. */
    private Wire dial() {
      Socket socket = new Socket();
      try {
        adopted(socket).connect(data);
      } catch (IOException e) {
        crew.release(socket);
        return null;
      }
      try {
        return crew.own(tls == null ? Wire.plain(socket) : tls.connect(socket), socket);
      } catch (IOException e) {
        countRefused();
        crew.release(socket);
        return null;
      }
    }

    private void serve(String id) throws IOException, InterruptedException {
      Wire tunnelled = ready.remove(id);
      if (tunnelled == null) {
        giveUpOn();
        return;
      }
      Socket socket = new Socket();
      Wire service = Wire.plain(socket);
      try {
        crew.own(service);
        socket.connect(target);
        socket.setTcpNoDelay(true);
        countCarried();
        carry(tunnelled, service);
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
        Wire wire = ready.remove(id);
        if (wire != null) {
          crew.release(wire);
        }
      }
    }

    @Override
    public int ready() {
      return ready.size();
    }

    @Override
    public void stop() {
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
