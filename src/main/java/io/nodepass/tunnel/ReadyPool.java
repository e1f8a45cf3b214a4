package io.nodepass.tunnel;

import io.nodepass.reactor.EventLoop;
import io.nodepass.reactor.EventLoops;
import io.nodepass.transport.Arrival;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The server's index of named data connections, oldest first for each loop. For the home loop only.
 *
 * <p>A connection is handed out no earlier than {@link #hold} after it was named: the original's
 * client gives up on an id that it hears of before it has stored it.
 */
final class ReadyPool {
  private final EventLoop home;
  private final EventLoops loops;
  private final Watcher watcher;
  private final Map<String, ReadyConnection> byId = new HashMap<>();
  private final Map<EventLoop, ArrayDeque<ReadyConnection>> ready = new HashMap<>();
  private int nextLoop;
  private long hold;

  /** Told on the home loop. */
  interface Watcher {
    /** There is one more that can be used, now or soon. */
    void grown();

    void died(String reason, boolean unreachable);
  }

  ReadyPool(EventLoop home, EventLoops loops, Watcher watcher) {
    this.home = home;
    this.loops = loops;
    this.watcher = watcher;
    for (EventLoop loop : loops.all()) {
      ready.put(loop, new ArrayDeque<>());
    }
  }

  /** Sets how long a connection rests after it was named, in nanoseconds. */
  void hold(long nanos) {
    this.hold = nanos;
  }

  /** Named and unnamed ones together. */
  int size() {
    return byId.size();
  }

  /** Names an accepted connection and adds it. */
  void add(Arrival arrival) {
    EventLoop loop = loops.all().get(nextLoop++ % loops.all().size());
    ReadyConnection connection = new ReadyConnection(freshId(), loop, new Reports());
    byId.put(connection.id(), connection);
    loop.runOrExecute(() -> connection.open(arrival));
  }

  private String freshId() {
    String id;
    do {
      id = hex(ThreadLocalRandom.current().nextInt());
    } while (byId.containsKey(id));
    return id;
  }

  static String hex(int bits) {
    char[] digits = new char[ControlLine.ID_LENGTH];
    for (int i = digits.length - 1; i >= 0; i--, bits >>>= 4) {
      digits[i] = Character.forDigit(bits & 15, 16);
    }
    return new String(digits);
  }

  /**
   * Takes the oldest usable connection, from the loop that has least to do where it has one.
   *
   * @return null when there is none that has rested long enough
   */
  ReadyConnection take() {
    long now = home.time();
    ReadyConnection best = takeFrom(ready.get(loops.leastBusy(home)), now);
    if (best != null) {
      return best;
    }
    for (EventLoop loop : loops.all()) {
      best = takeFrom(ready.get(loop), now);
      if (best != null) {
        return best;
      }
    }
    return null;
  }

  private ReadyConnection takeFrom(ArrayDeque<ReadyConnection> queue, long now) {
    ReadyConnection first = queue.peekFirst();
    if (first == null || first.ripeAt - now > 0) {
      return null;
    }
    byId.remove(first.id());
    return queue.pollFirst();
  }

  /** Nanoseconds until one more becomes usable; {@code Long.MAX_VALUE} when none is resting. */
  long untilRipe() {
    long delay = Long.MAX_VALUE;
    long now = home.time();
    for (ArrayDeque<ReadyConnection> queue : ready.values()) {
      ReadyConnection first = queue.peekFirst();
      if (first != null) {
        delay = Math.min(delay, Math.max(0, first.ripeAt - now));
      }
    }
    return delay;
  }

  /** Closes every connection that is not in use. */
  void clear() {
    for (ReadyConnection connection : byId.values()) {
      connection.loop().runOrExecute(connection::discard);
    }
    byId.clear();
    ready.values().forEach(ArrayDeque::clear);
  }

  /** Carries a connection's reports from its loop to the home loop. */
  private final class Reports implements ReadyConnection.Watcher {
    @Override
    public void named(ReadyConnection connection) {
      home.runOrExecute(
          () -> {
            if (byId.get(connection.id()) == connection) {
              connection.ripeAt = home.time() + hold;
              ready.get(connection.loop()).addLast(connection);
              watcher.grown();
            }
          });
    }

    @Override
    public void died(ReadyConnection connection, String reason, boolean unreachable) {
      home.runOrExecute(
          () -> {
            if (byId.remove(connection.id(), connection)) {
              ready.get(connection.loop()).remove(connection);
              watcher.died(reason, unreachable);
            }
          });
    }
  }
}
