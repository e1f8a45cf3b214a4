package io.nodepass.tunnel;

import io.nodepass.telemetry.Level;
import io.nodepass.telemetry.Log;
import io.nodepass.telemetry.RateLimitedLog;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Log lines that others can cause, and as many as they like: each kind is limited by itself. At
 * level debug the lines about ended connections are all written. Any thread.
 */
final class Notices {
  private static final int LINES = 20;
  private static final int END_LINES = 100;
  private static final Duration PERIOD = Duration.ofSeconds(10);

  private final Log log;
  private final RateLimitedLog ends;
  private final RateLimitedLog refusals;
  private final RateLimitedLog failures;
  private final RateLimitedLog clients;

  Notices(Log log, LongSupplier nanos) {
    this.log = log;
    this.ends = new RateLimitedLog(log, "ended connections", END_LINES, PERIOD, nanos);
    this.refusals = new RateLimitedLog(log, "refusals", LINES, PERIOD, nanos);
    this.clients = new RateLimitedLog(log, "clients that come and go", LINES, PERIOD, nanos);
    this.failures = new RateLimitedLog(log, "failures", LINES, PERIOD, nanos);
  }

  boolean wantsEnds() {
    return log.on(Level.INFO);
  }

  void ended(String line) {
    (log.on(Level.DEBUG) ? log : ends).info(line);
  }

  /** Somebody was turned away, or gave up, for the reason in the line. */
  void refused(String line) {
    refusals.warn(line);
  }

  /** A user's connection could not be carried, for the reason in the line. */
  void failed(String line) {
    failures.warn(line);
  }

  /** A client came or went: whoever can reach both ports can have that said at will. */
  void client(Level level, String line) {
    clients.write(level, line);
  }

  /** Writes the counts of lines that were left out, when it is time; for a timer. */
  void report() {
    ends.report();
    refusals.report();
    failures.report();
    clients.report();
  }
}
