package io.nodepass.reactor;

/** Monotonic time, injected so that tests can move it. */
@FunctionalInterface
public interface Clock {
  Clock SYSTEM = System::nanoTime;

  /** Nanoseconds from an arbitrary origin; compare by difference only. */
  long nanos();
}
