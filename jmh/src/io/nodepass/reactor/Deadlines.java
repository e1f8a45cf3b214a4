package io.nodepass.reactor;

import java.util.Random;

/** Delays in an order that no heap can guess, the same in every run. */
final class Deadlines {
  private static final int COUNT = 1 << 12;

  private final long[] delays = new Random(17).longs(COUNT, 1, 1_000_000_000L).toArray();
  private int next;

  long next() {
    return delays[next++ & (COUNT - 1)];
  }
}
