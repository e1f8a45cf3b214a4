package io.nodepass.testkit;

import io.nodepass.reactor.Clock;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** Time that stands still until a test moves it. Any thread. */
public final class ManualClock implements Clock {
  private final AtomicLong nanos;

  public ManualClock() {
    // Close to where a long wraps around, because System.nanoTime may start anywhere.
    this(Long.MAX_VALUE - Duration.ofSeconds(1).toNanos());
  }

  public ManualClock(long start) {
    this.nanos = new AtomicLong(start);
  }

  @Override
  public long nanos() {
    return nanos.get();
  }

  /** Moves on. A loop that waits must be woken to see it: {@link TestLoop#advance} does both. */
  public void advance(Duration by) {
    nanos.addAndGet(by.toNanos());
  }
}
