package io.nodepass.transport.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** How long an executor is kept by tasks of a known length. */
class PacedTasksTest {
  private static final long WORK = TimeUnit.MILLISECONDS.toNanos(2);

  private final Queue<Runnable> queue = new ArrayDeque<>();
  private final PacedTasks tasks = new PacedTasks(queue::add);

  /** Runs the next one here. */
  private long nanosOfTheNext() {
    long began = System.nanoTime();
    queue.remove().run();
    return System.nanoTime() - began;
  }

  private static void work() {
    long end = System.nanoTime() + WORK;
    while (System.nanoTime() < end) {
      Thread.onSpinWait();
    }
  }

  @Test
  void aCrowdIsServedAtATenthOfTheSpeed() {
    for (int i = 0; i < PacedTasks.CROWD + 3; i++) {
      tasks.execute(PacedTasksTest::work);
    }
    for (int i = 0; i < 2; i++) {
      long nanos = nanosOfTheNext();
      assertTrue(nanos >= 10 * WORK, "rested too little: " + nanos + " ns");
    }
    // As many as that are no crowd.
    long shortest = Long.MAX_VALUE;
    while (!queue.isEmpty()) {
      shortest = Math.min(shortest, nanosOfTheNext());
    }
    assertTrue(shortest < 5 * WORK, "rested for " + shortest + " ns");
  }

  @Test
  void anInterruptEndsTheRestAndStays() {
    for (int i = 0; i < PacedTasks.CROWD + 2; i++) {
      tasks.execute(PacedTasksTest::work);
    }
    Thread.currentThread().interrupt();
    nanosOfTheNext();
    assertTrue(Thread.interrupted());
  }

  @Test
  void whatIsRejectedDoesNotCount() {
    PacedTasks closed =
        new PacedTasks(
            task -> {
              throw new RejectedExecutionException();
            });
    for (int i = 0; i < 2 * PacedTasks.CROWD; i++) {
      assertThrows(RejectedExecutionException.class, () -> closed.execute(() -> {}));
    }
    assertEquals(0, queue.size());
  }
}
