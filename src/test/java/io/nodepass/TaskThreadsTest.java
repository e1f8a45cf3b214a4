package io.nodepass;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How the threads for handshakes end. */
@Timeout(30)
class TaskThreadsTest {
  private static final long WORK = TimeUnit.MILLISECONDS.toNanos(100);

  @Test
  void anInterruptOfTheCallerDoesNotLeaveOneBehind() throws Exception {
    ScheduledExecutorService tasks = TaskThreads.start();
    CountDownLatch began = new CountDownLatch(1);
    tasks.execute(
        () -> {
          long end = System.nanoTime() + WORK;
          began.countDown();
          for (long left = WORK; left > 0; left = end - System.nanoTime()) {
            LockSupport.parkNanos(left); // an interrupt does not end it, as it ends no signature
          }
        });
    assertTrue(began.await(10, TimeUnit.SECONDS));
    assertFalse(tasks.isTerminated());
    Thread.currentThread().interrupt();
    TaskThreads.end(tasks);
    assertTrue(Thread.interrupted(), "the interrupt is gone");
    assertTrue(tasks.isTerminated());
  }
}
