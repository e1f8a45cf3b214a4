package io.nodepass.bench.load;

import java.util.Arrays;

/** Durations in nanoseconds, all kept. One thread writes; merge when it is done. */
public final class Latencies {
  private long[] nanos = new long[1 << 14];
  private int count;

  public void add(long duration) {
    if (count == nanos.length) {
      nanos = Arrays.copyOf(nanos, 2 * count);
    }
    nanos[count++] = duration;
  }

  public void addAll(Latencies other) {
    for (int i = 0; i < other.count; i++) {
      add(other.nanos[i]);
    }
  }

  public int count() {
    return count;
  }

  /** The smallest duration that {@code share} of all do not exceed, ms; NaN when there are none. */
  public double percentileMs(double share) {
    if (count == 0) {
      return Double.NaN;
    }
    Arrays.sort(nanos, 0, count);
    int rank = (int) Math.ceil(share * count);
    return nanos[Math.max(0, rank - 1)] / 1e6;
  }
}
