package io.nodepass.tunnel;

import java.util.concurrent.TimeUnit;

/**
 * The pauses between dials of data connections that fail: doubled with each, until one has
 * succeeded for good. Pure arithmetic on one thread; times are nanoseconds.
 */
final class DialPauses {
  /** What does not live for so long has not succeeded. */
  static final long YOUNG = TimeUnit.SECONDS.toNanos(1);

  private static final long LEAST = TimeUnit.MILLISECONDS.toNanos(100);
  private static final long MOST = TimeUnit.SECONDS.toNanos(5);

  private long pause;
  private long until;

  DialPauses(long now) {
    this.until = now;
  }

  /** How long the present pause still lasts; not positive when there is none. */
  long left(long now) {
    return until - now;
  }

  /** Whether failures count still: then one dial at a time is enough to find out. */
  boolean growing() {
    return pause > 0;
  }

  /**
   * A dial has failed.
   *
   * @return the pause that begins; 0 when there is one already, since what fails during a pause was
   *     dialled together with what caused it, and that counts once
   */
  long failed(long now) {
    if (left(now) > 0) {
      return 0;
    }
    pause = Math.min(MOST, Math.max(LEAST, pause * 2));
    until = now + pause;
    return pause;
  }

  void succeeded(long now) {
    if (now - until >= YOUNG) {
      pause = 0;
    }
  }
}
