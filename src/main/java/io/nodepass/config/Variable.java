package io.nodepass.config;

import java.util.Locale;

/**
 * The numbers of a tunnel that can be set from outside: in upper case by the environment, in lower
 * case as a parameter of the URL, which wins. Each says below what zero means.
 */
public enum Variable {
  /** Most concurrent tunnelled connections; 0 is 1. */
  SEMAPHORE_LIMIT(Kind.LIMIT, "1024", "most concurrent tunnelled connections"),
  /** Fewest ready connections; 0 is 1. */
  MIN_POOL_CAPACITY(Kind.LIMIT, "16", "fewest ready connections kept"),
  /** Most ready connections; 0 is 1. */
  MAX_POOL_CAPACITY(Kind.LIMIT, "1024", "most ready connections kept"),
  /**
   * Largest datagram forwarded, in bytes; 0 is 1. More than 65507, the most that UDP carries, means
   * every datagram.
   */
  UDP_DATA_BUF_SIZE(Kind.LIMIT, "8192", "largest datagram forwarded, bytes"),
  /** How long a UDP exchange may stay idle; 0 never ends one for being idle. */
  UDP_READ_TIMEOUT(Kind.INTERVAL, "5s", "how long a UDP exchange may stay idle"),
  /** Interval of the health newline and of the log's totals; 0 sends and writes none. */
  REPORT_INTERVAL(Kind.INTERVAL, "5s", "interval of the health and totals lines"),
  /** Interval of certificate re-reads; 0 never re-reads. */
  RELOAD_INTERVAL(Kind.INTERVAL, "1h", "interval of certificate re-reads"),
  /**
   * Pause before a failed tunnel is rebuilt; 0 rebuilds at once. It is never shorter than 100 ms,
   * so that a failure which lasts does not become a busy loop.
   */
  SERVICE_COOLDOWN(Kind.INTERVAL, "5s", "pause before a failed tunnel is rebuilt"),
  /** Longest graceful shutdown; 0 gives no grace: what still runs is aborted at once. */
  SHUTDOWN_TIMEOUT(Kind.INTERVAL, "5s", "longest graceful shutdown");

  private enum Kind {
    LIMIT,
    INTERVAL
  }

  private static final long SHORTEST_INTERVAL = 1_000_000L;
  private static final long SHORTEST_COOLDOWN = 100_000_000L;
  private static final int LARGEST_DATAGRAM = 65_507;

  private final Kind kind;
  private final String defaultText;
  private final String meaning;
  private final String parameter;

  Variable(Kind kind, String defaultText, String meaning) {
    this.kind = kind;
    this.defaultText = defaultText;
    this.meaning = meaning;
    this.parameter = name().toLowerCase(Locale.ROOT);
  }

  /** The default as a user would write it. */
  public String defaultText() {
    return defaultText;
  }

  /** What it sets, in a few words. */
  public String meaning() {
    return meaning;
  }

  /** Its name as a parameter of the URL. */
  public String parameter() {
    return parameter;
  }

  /**
   * Reads a value as a user wrote it and makes it usable, zero included.
   *
   * @return a count, or nanoseconds
   * @throws ConfigException whose message follows on the name and value: "is not ..."
   */
  long parse(String text) throws ConfigException {
    if (kind == Kind.LIMIT) {
      long count = Math.max(1, count(text));
      return this == UDP_DATA_BUF_SIZE ? Math.min(count, LARGEST_DATAGRAM) : count;
    }
    long nanos = GoDuration.parse(text).toNanos();
    if (nanos < 0) {
      throw new ConfigException("duration " + Quoted.of(text) + " is negative: use 0 or more");
    }
    if (this == SERVICE_COOLDOWN) {
      return Math.max(nanos, SHORTEST_COOLDOWN);
    }
    return nanos == 0 ? 0 : Math.max(nanos, SHORTEST_INTERVAL);
  }

  private static int count(String text) throws ConfigException {
    int count = DecimalNumber.parse(text);
    if (count < 0) {
      throw new ConfigException(
          Quoted.of(text) + " is not a whole number from 0 to " + Integer.MAX_VALUE);
    }
    return count;
  }
}
