package io.nodepass.tunnel;

import java.util.concurrent.TimeUnit;

/**
 * How many ready connections a client keeps: the minimum, and on top of it what arrives while a new
 * one becomes usable, at the highest rate of the last seconds, twice over. A connection that was
 * used soon after it was named shows that the other end is running out: the size is doubled then,
 * and given back slowly. Of connections that come back after their use only the surplus of arrivals
 * over returns counts. Pure arithmetic on one thread; times are nanoseconds.
 */
final class PoolSizer {
  private static final long SLOT = TimeUnit.MILLISECONDS.toNanos(100);
  private static final int SLOTS = 50;
  private static final int RATE_SLOTS = 5;
  private static final long MARGIN = TimeUnit.MILLISECONDS.toNanos(50);
  private static final long DECAY_EVERY = TimeUnit.SECONDS.toNanos(1);

  private final int min;
  private final int max;
  private final long rest;
  private final int[] arrivals = new int[SLOTS];
  private final long began;
  private long slot;
  private long ripening;
  private int boost;
  private long boostedAt;

  /** Of connections that the other end lets rest for a while before it uses them. */
  PoolSizer(int min, int max, long now) {
    this(min, max, now, LegacySupply.HOLD_NANOS);
  }

  /**
   * Begins with the least.
   *
   * @param rest how long the other end lets a new connection rest, besides half of its dial; 0 when
   *     it uses it at once
   */
  PoolSizer(int min, int max, long now, long rest) {
    this.min = min;
    this.max = max;
    this.began = now;
    this.boostedAt = now;
    this.rest = rest;
    this.ripening = LegacySupply.HOLD_NANOS;
  }

  /** A connection was dialled and named in this time; the server rests it once more after that. */
  void observeDial(long nanos) {
    long total = rest == 0 ? nanos : nanos + rest + nanos / 2;
    ripening += (total - ripening) / 8;
  }

  /**
   * A connection was used.
   *
   * @param age how long it had been ready
   */
  void used(long now, long age) {
    advance(now);
    arrivals[(int) (slot % SLOTS)]++;
    if (age < ripening + MARGIN && now - boostedAt >= ripening) {
      boost = (int) Math.min(max, Math.max(min, 2L * target(now) - demand()));
      boostedAt = now;
    }
  }

  /** One that was used is ready again: no other has to be dialled in its place. */
  void returned(long now) {
    advance(now);
    arrivals[(int) (slot % SLOTS)]--;
  }

  /** How many are wanted, ready and dialled ones together. */
  int target(long now) {
    advance(now);
    long decays = (now - boostedAt) / DECAY_EVERY;
    int extra = decays >= 31 ? 0 : boost >> decays;
    return (int) Math.min(max, (long) min + demand() + extra);
  }

  /** Arrivals expected while one connection becomes usable, twice over. */
  private int demand() {
    int best = 0;
    int sum = 0;
    // The highest rate over any half second: a sliding sum over the ring of slots.
    for (int i = 0; i < SLOTS; i++) {
      sum += arrivals[(int) ((slot + 1 + i) % SLOTS)];
      if (i >= RATE_SLOTS) {
        sum -= arrivals[(int) ((slot + 1 + i - RATE_SLOTS) % SLOTS)];
      }
      best = Math.max(best, sum);
    }
    double perNano = best / (double) (RATE_SLOTS * SLOT);
    return (int) Math.min(max, Math.ceil(2 * perNano * (ripening + MARGIN)));
  }

  private void advance(long now) {
    long current = (now - began) / SLOT; // the clock itself may be negative, or wrap around
    for (long i = Math.max(slot + 1, current - SLOTS + 1); i <= current; i++) {
      arrivals[(int) (i % SLOTS)] = 0;
    }
    slot = Math.max(slot, current);
  }
}
