package io.nodepass.jmh;

import java.util.concurrent.locks.LockSupport;

/** What one thread waits for and another gives. It spins first: a wait costs what it measures. */
public final class Signal {
  private static final int SPINS = 10_000;
  private static final long REST_NANOS = 1_000;

  private volatile boolean given;

  public void give() {
    given = true;
  }

  /** Waits for it and takes it. */
  public void take() {
    for (int i = 0; !given; i++) {
      if (i < SPINS) {
        Thread.onSpinWait();
      } else {
        LockSupport.parkNanos(REST_NANOS);
      }
    }
    given = false;
  }
}
