package io.nodepass.tunnel;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.Iterator;

/**
 * Both ends of a pool in steps of a millisecond: users arrive at the server, take the oldest rested
 * connection, and the client hears of that half a round trip later and dials what the {@link
 * PoolSizer} asks for.
 */
final class PoolSimulation {
  private static final long MILLI = 1_000_000;
  private static final long HOLD = 50;

  private final PoolSizer sizer;
  private final long dial;
  private final long oneWay;
  private final ArrayDeque<Connection> dialling = new ArrayDeque<>();
  private final ArrayDeque<Connection> ready = new ArrayDeque<>();
  private final ArrayDeque<Connection> used = new ArrayDeque<>();
  private int known;
  private final long began;
  private long now;
  private double arriving;
  private long waiting;

  private static final class Connection {
    final long named;
    final long ripe;
    long used;

    Connection(long named, long ripe) {
      this.named = named;
      this.ripe = ripe;
    }
  }

  /**
   * An idle pool that has been filled for the first time.
   *
   * @param dial milliseconds until the client knows the id
   * @param roundTrip milliseconds
   */
  PoolSimulation(int min, int max, long dial, long roundTrip) {
    this.sizer = new PoolSizer(min, max, 0);
    this.dial = dial;
    this.oneWay = roundTrip / 2;
    refill();
    run(1000, 0);
    this.began = now;
  }

  /** Since the pool had been filled. */
  long millis() {
    return now - began;
  }

  int target() {
    return sizer.target(now * MILLI);
  }

  void arrive(int users) {
    waiting += users;
  }

  /** Passes so many milliseconds with so many arrivals in each. */
  void run(int millis, double arrivals) {
    for (int i = 0; i < millis; i++) {
      step(arrivals);
    }
  }

  void untilNobodyWaits(int mostMillis, double arrivals) {
    for (int i = 0; waiting > 0; i++) {
      assertTrue(i < mostMillis, () -> waiting + " still wait, pool of " + known);
      step(arrivals);
    }
  }

  /** As {@link #run}, and at no time may anybody have to wait. */
  void neverDry(int millis, double arrivals) {
    for (int i = 0; i < millis; i++) {
      step(arrivals);
      assertTrue(waiting == 0, () -> "dry at " + millis() + " ms, pool of " + known);
    }
  }

  private void step(double arrivals) {
    now++;
    arriving += arrivals;
    while (arriving >= 1) {
      arriving--;
      waiting++;
    }
    while (!dialling.isEmpty() && dialling.peekFirst().named <= now) {
      sizer.observeDial(dial * MILLI);
      ready.addLast(dialling.pollFirst());
      known++;
    }
    while (waiting > 0 && !ready.isEmpty() && ready.peekFirst().ripe <= now) {
      Connection taken = ready.pollFirst();
      taken.used = now;
      used.addLast(taken);
      waiting--;
    }
    for (Iterator<Connection> all = used.iterator(); all.hasNext(); ) {
      Connection next = all.next();
      if (next.used + oneWay > now) {
        break;
      }
      all.remove();
      known--;
      sizer.used(now * MILLI, (now - next.named) * MILLI);
      refill();
    }
    refill();
  }

  private void refill() {
    int target = sizer.target(now * MILLI);
    while (known + dialling.size() < target && dialling.size() < ClientSecurity.MOST_PLAIN_DIALS) {
      long named = now + dial;
      dialling.addLast(new Connection(named, named - oneWay + HOLD + 2 * oneWay));
    }
  }
}
