package io.nodepass.telemetry;

import java.util.concurrent.atomic.LongAdder;

/** The totals of one tunnel since it was started. Any thread may add and take snapshots. */
public final class Traffic {
  /**
   * What the totals were at about one moment.
   *
   * @param opened tunnelled connections begun
   * @param ended those that ended cleanly
   * @param failed those that were aborted, by either side or an error
   * @param refused arrivals that were never tunnelled
   * @param bytesIn from the users to the target
   * @param bytesOut from the target to the users
   */
  public record Snapshot(
      long opened, long ended, long failed, long refused, long bytesIn, long bytesOut) {
    /** Connections that have begun and not come to an end. */
    public long active() {
      return opened - ended - failed;
    }

    /**
     * Whether anything has happened between the two. A record's own {@code equals} is made when it
     * is first called, which takes long at a start, and JDK 17 keeps the class for ever then.
     */
    public boolean isSameAs(Snapshot other) {
      return opened == other.opened
          && ended == other.ended
          && failed == other.failed
          && refused == other.refused
          && bytesIn == other.bytesIn
          && bytesOut == other.bytesOut;
    }
  }

  private final LongAdder opened = new LongAdder();
  private final LongAdder ended = new LongAdder();
  private final LongAdder failed = new LongAdder();
  private final LongAdder refused = new LongAdder();
  private final LongAdder bytesIn = new LongAdder();
  private final LongAdder bytesOut = new LongAdder();

  /** A tunnelled connection begins; exactly one of {@link #ended} and {@link #failed} follows. */
  public void opened() {
    opened.increment();
  }

  public void ended() {
    ended.increment();
  }

  public void failed() {
    failed.increment();
  }

  /** An arrival was turned away; it was not {@link #opened}. */
  public void refused() {
    refused.increment();
  }

  /** Adds bytes that went from a user to the target. */
  public void addIn(long bytes) {
    bytesIn.add(bytes);
  }

  /** Adds bytes that went from the target to a user. */
  public void addOut(long bytes) {
    bytesOut.add(bytes);
  }

  /** The totals. Additions under way may or may not be in them. */
  public Snapshot snapshot() {
    // Ends before beginnings, so that no connection is seen to end that was not seen to begin.
    long endedNow = ended.sum();
    long failedNow = failed.sum();
    return new Snapshot(
        opened.sum(), endedNow, failedNow, refused.sum(), bytesIn.sum(), bytesOut.sum());
  }
}
