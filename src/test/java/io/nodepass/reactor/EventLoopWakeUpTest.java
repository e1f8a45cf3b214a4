package io.nodepass.reactor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import io.nodepass.testkit.LeakExtension;
import io.nodepass.testkit.TestLoop;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A loop that waits hears every call, and hearing it costs no memory. */
@ExtendWith(LeakExtension.class)
class EventLoopWakeUpTest {
  private final TestLoop test = TestLoop.start();
  private final EventLoop loop = test.loop();

  /**
   * Each thread waits for its own tasks every few calls, so that the loop goes to sleep again and
   * again. There is no timer: a wake-up that is lost once is lost for ever.
   */
  @Test
  void ofAHundredThousandCallsNoneIsLost() throws Exception {
    int each = 50_000;
    AtomicInteger late = new AtomicInteger();
    int[] ran = new int[1];
    List<Thread> threads = new ArrayList<>();
    for (int t = 0; t < 2; t++) {
      int step = 3 + t;
      Thread thread = new Thread(() -> late.addAndGet(call(each, step, ran)));
      threads.add(thread);
      thread.start();
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertEquals(0, late.get());
    assertEquals(2 * each, (int) test.call(() -> ran[0]));
  }

  /** Returns how many calls were in vain: 0, or 1 and then it has given up. */
  private int call(int calls, int step, int[] ran) {
    Semaphore done = new Semaphore(0);
    Runnable task =
        () -> {
          ran[0]++;
          done.release();
        };
    for (int i = 0; i < calls; i++) {
      loop.execute(task);
      if (i % step == 0 && !acquired(done, i == 0 ? 1 : step)) {
        return 1;
      }
    }
    return 0;
  }

  private static boolean acquired(Semaphore done, int permits) {
    try {
      return done.tryAcquire(permits, 20, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      return false;
    }
  }

  /** A loop's own task is found by the loop, woken or not. */
  @Test
  void aTaskThatATaskHandsInIsNotForgotten() throws Exception {
    Semaphore done = new Semaphore(0);
    for (int i = 0; i < 1_000; i++) {
      loop.execute(() -> loop.execute(done::release));
      assertTrue(done.tryAcquire(20, TimeUnit.SECONDS));
    }
  }

  @Test
  void wakingUpAllocatesNothing() throws Exception {
    assumeTrue(ManagementFactory.getThreadMXBean() instanceof ThreadMXBean);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long loopThread = test.call(() -> Thread.currentThread().getId());
    Semaphore done = new Semaphore(0);
    Runnable task = done::release;
    long bytes = Long.MAX_VALUE;
    int rounds = 2_000;
    // The first attempts are for code that is being compiled and arrays that grow.
    for (int attempt = 0; attempt < 10 && bytes >= rounds; attempt++) {
      long before = threads.getThreadAllocatedBytes(loopThread);
      for (int i = 0; i < rounds; i++) {
        loop.execute(task);
        assertTrue(acquired(done, 1));
      }
      bytes = threads.getThreadAllocatedBytes(loopThread) - before;
    }
    long allocated = bytes;
    assertTrue(allocated < rounds, () -> allocated + " bytes for " + rounds + " wake-ups");
  }
}
