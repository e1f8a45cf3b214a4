package io.nodepass.reactor;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * A thread that a tunnel works with. It is a daemon, and it takes nothing from the thread that
 * happens to start it but the context class loader, which logging frameworks go by.
 */
public final class OwnThread extends Thread {
  public OwnThread(Runnable task, String name) {
    super(null, task, name, 0, false);
    setDaemon(true);
    setContextClassLoader(Thread.currentThread().getContextClassLoader());
  }

  /**
   * Ends an executor: drops what has not begun, interrupts the rest and waits for it, though no
   * longer than the limit. An interrupt of the caller does not shorten that and stays set.
   */
  public static void end(ExecutorService executor, long limitMillis) {
    executor.shutdownNow();
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(limitMillis);
    boolean interrupted = false;
    boolean ended = false;
    while (!ended && System.nanoTime() - deadline < 0) {
      try {
        ended = executor.awaitTermination(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Whether the caller is one: it must not wait for a tunnel, which would wait for it in turn. */
  public static boolean isCurrent() {
    return Thread.currentThread() instanceof OwnThread;
  }
}
