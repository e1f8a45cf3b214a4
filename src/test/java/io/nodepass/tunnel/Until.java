package io.nodepass.tunnel;

import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waits for a condition, with a deadline that only a failing test reaches. */
final class Until {
  private static final long LONGEST = TimeUnit.SECONDS.toNanos(10);

  private Until() {}

  static void holds(BooleanSupplier condition, Supplier<String> otherwise)
      throws InterruptedException {
    long began = System.nanoTime();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - began > LONGEST) {
        throw new AssertionError(otherwise.get());
      }
      TimeUnit.MILLISECONDS.sleep(2);
    }
  }
}
