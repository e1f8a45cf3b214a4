package io.nodepass.telemetry;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Lets through so many lines of one kind per period and counts the rest, for lines that a stranger
 * can cause at will: a token bucket that starts full. One instance per kind of line.
 *
 * <p>The count is written as one line once the period has passed since the first suppressed line,
 * with the next line of this kind or by {@link #report}, whichever comes first.
 */
public final class RateLimitedLog implements Log {
  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  private final Log log;
  private final String kind;
  private final int lines;
  private final long period;
  private final LongSupplier nanos;

  // All below is guarded by this; what is done under the lock is short and never waits.

  /** Room in the bucket, in nanoseconds: a line costs period / lines, a full bucket is period. */
  private long room;

  private long refilledAt;
  private long suppressed;
  private long suppressedSince;
  private Level suppressedLevel = Level.DEBUG;

  /**
   * A limit for one kind of line.
   *
   * @param kind what the lines are about, the beginning of the summary: "refused connections"
   * @param lines most lines at once, and most lines per period in the long run, at least 1
   * @param nanos a monotonic clock
   */
  public RateLimitedLog(Log log, String kind, int lines, Duration period, LongSupplier nanos) {
    if (lines < 1 || period.toNanos() < lines) {
      throw new IllegalArgumentException("at least one line per period, one nanosecond per line");
    }
    this.log = log;
    this.kind = kind;
    this.lines = lines;
    this.period = period.toNanos();
    this.nanos = nanos;
    this.room = this.period;
    this.refilledAt = nanos.getAsLong();
  }

  @Override
  public boolean on(Level level) {
    return log.on(level);
  }

  @Override
  public synchronized void write(Level level, String message) {
    if (!log.on(level)) {
      return;
    }
    long now = nanos.getAsLong();
    refill(now);
    reportIfDue(now);
    long cost = period / lines;
    if (room >= cost) {
      room -= cost;
      log.write(level, message);
      return;
    }
    if (suppressed++ == 0) {
      suppressedSince = now;
      suppressedLevel = level;
    } else if (level.compareTo(suppressedLevel) > 0) {
      suppressedLevel = level;
    }
  }

  /** Writes the count of suppressed lines when its time has come; for a timer. */
  public synchronized void report() {
    reportIfDue(nanos.getAsLong());
  }

  private void refill(long now) {
    long passed = Math.max(0, now - refilledAt);
    room = passed >= period ? period : Math.min(period, room + passed);
    refilledAt = now;
  }

  private void reportIfDue(long now) {
    long passed = now - suppressedSince;
    if (suppressed == 0 || passed < period) {
      return;
    }
    long seconds = (passed + NANOS_PER_SECOND - 1) / NANOS_PER_SECOND;
    log.write(
        suppressedLevel, kind + ": " + suppressed + " more like it in the last " + seconds + " s");
    suppressed = 0;
  }
}
