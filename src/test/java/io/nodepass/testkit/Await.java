package io.nodepass.testkit;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/** Waits for a condition with a deadline, looking every two milliseconds. */
public final class Await {
  private static final long STEP_NANOS = 2_000_000;

  private Await() {}

  /** A condition whose evaluation may fail; a failure counts as a failed test. */
  @FunctionalInterface
  public interface Condition {
    boolean holds() throws Exception;
  }

  /** Returns when the condition holds; an {@link AssertionError} names it when it never did. */
  public static void until(String what, Duration limit, Condition condition) {
    until(() -> what, limit, condition);
  }

  /** As above; the text is made only when the deadline has passed, so it can tell the state. */
  public static void until(Supplier<String> what, Duration limit, Condition condition) {
    long end = System.nanoTime() + limit.toNanos();
    while (!test(condition)) {
      if (System.nanoTime() - end > 0) {
        throw new AssertionError("not within " + limit.toMillis() + " ms: " + what.get());
      }
      LockSupport.parkNanos(STEP_NANOS);
    }
  }

  /**
   * Fails as soon as the condition holds within this time. For what must not happen; the time is
   * always spent, so keep it short.
   */
  public static void never(String what, Duration time, Condition condition) {
    long end = System.nanoTime() + time.toNanos();
    while (System.nanoTime() - end < 0) {
      if (test(condition)) {
        throw new AssertionError("happened: " + what);
      }
      LockSupport.parkNanos(STEP_NANOS);
    }
  }

  private static boolean test(Condition condition) {
    try {
      return condition.holds();
    } catch (Exception e) {
      throw new AssertionError("the condition could not be evaluated: " + e.getMessage(), e);
    }
  }
}
