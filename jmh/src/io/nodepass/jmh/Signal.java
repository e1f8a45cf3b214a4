package io.nodepass.jmh;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** What the thread that made it waits for, without using the processor, and another one gives. */
public final class Signal {
  private static final long PATIENCE = TimeUnit.SECONDS.toNanos(20);

  private final Thread waiter = Thread.currentThread();
  private volatile boolean given;

  /** Any thread. */
  public void give() {
    given = true;
    LockSupport.unpark(waiter);
  }

  /**
   * Waits for it and takes it.
   *
   * @throws IllegalStateException when it does not come
   */
  public void take() {
    long began = System.nanoTime();
    while (!given) {
      LockSupport.parkNanos(PATIENCE);
      if (!given && System.nanoTime() - began > PATIENCE) {
        throw new IllegalStateException("the other thread never answered");
      }
    }
    given = false;
  }
}
