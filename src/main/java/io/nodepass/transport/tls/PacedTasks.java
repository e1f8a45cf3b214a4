package io.nodepass.transport.tls;

import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Runs tasks on an executor, which rests after each of them while more are waiting than a client
 * would ever have: nine times as long as the task took. So a flood of handshakes gets a tenth of
 * the executor's time, and the connections that run already keep the processor. Any thread.
 */
final class PacedTasks implements Executor {
  /**
   * Our client has four handshakes under way at a time, the original's one; and a single network
   * may have more than this, so that it can be told from a client.
   */
  static final int CROWD = 8;

  private static final int REST = 9;

  /** A task that was itself held up must not hold up the next ones for long. */
  private static final long LONGEST_REST = TimeUnit.MILLISECONDS.toNanos(50);

  private final Executor executor;
  private final AtomicInteger waiting = new AtomicInteger();

  PacedTasks(Executor executor) {
    this.executor = executor;
  }

  @Override
  public void execute(Runnable task) {
    waiting.incrementAndGet();
    try {
      executor.execute(() -> run(task));
    } catch (RuntimeException e) {
      waiting.decrementAndGet();
      throw e;
    }
  }

  private void run(Runnable task) {
    long began = System.nanoTime();
    try {
      task.run();
    } finally {
      if (waiting.decrementAndGet() > CROWD) {
        rest(Math.min(LONGEST_REST, REST * (System.nanoTime() - began)));
      }
    }
  }

  /** An interrupt, which ends the executor, ends it too. */
  private static void rest(long nanos) {
    long end = System.nanoTime() + nanos;
    for (long left = nanos; left > 0; left = end - System.nanoTime()) {
      if (Thread.currentThread().isInterrupted()) {
        return;
      }
      LockSupport.parkNanos(left);
    }
  }
}
