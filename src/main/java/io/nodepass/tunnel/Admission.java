package io.nodepass.tunnel;

import java.util.concurrent.atomic.AtomicInteger;

/** Counts tunnelled connections against the limit. Any thread. */
final class Admission {
  private final int limit;
  private final Runnable onRoom;
  private final AtomicInteger running = new AtomicInteger();

  /**
   * Begins with nothing running.
   *
   * @param limit most connections at once
   * @param onRoom called, on the thread that leaves, whenever a full tunnel gets room again
   */
  Admission(int limit, Runnable onRoom) {
    this.limit = limit;
    this.onRoom = onRoom;
  }

  boolean isFull() {
    return running.get() >= limit;
  }

  /** Takes a place, even beyond the limit. */
  void enter() {
    running.incrementAndGet();
  }

  void leave() {
    if (running.getAndDecrement() == limit) {
      onRoom.run();
    }
  }

  int running() {
    return running.get();
  }
}
