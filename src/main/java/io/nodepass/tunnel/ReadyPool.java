package io.nodepass.tunnel;

import io.nodepass.reactor.EventLoop;
import io.nodepass.transport.Flow;
import java.io.IOException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The server's named data connections, oldest first. For the home loop only.
 *
 * <p>A connection is handed out no earlier than {@link #hold} after it was named: the original's
 * client gives up on an id that it hears of before it has stored it.
 */
final class ReadyPool {
  private final EventLoop home;
  private final ReadyConnection.Watcher watcher;
  private final Map<String, ReadyConnection> ready = new LinkedHashMap<>();
  private long hold;

  /**
   * A flow that was taken out.
   *
   * @param id its name
   */
  record Taken(String id, Flow flow) {}

  /**
   * An empty pool.
   *
   * @param watcher told of each connection that died in it
   */
  ReadyPool(EventLoop home, ReadyConnection.Watcher watcher) {
    this.home = home;
    this.watcher = watcher;
  }

  /** Sets how long a connection rests after it was named, in nanoseconds. */
  void hold(long nanos) {
    this.hold = nanos;
  }

  int size() {
    return ready.size();
  }

  /**
   * Names an accepted connection and adds it.
   *
   * @param flow of the home loop, with no owner
   * @throws IOException when it has ended already
   */
  void add(Flow flow) throws IOException {
    String id;
    do {
      id = hex(ThreadLocalRandom.current().nextInt());
    } while (ready.containsKey(id));
    ready.put(id, ReadyConnection.open(flow, id, hold, this::died));
  }

  private void died(ReadyConnection connection, String reason, boolean gone) {
    ready.remove(connection.id());
    watcher.died(connection, reason, gone);
  }

  static String hex(int bits) {
    char[] digits = new char[ControlLine.ID_LENGTH];
    for (int i = digits.length - 1; i >= 0; i--, bits >>>= 4) {
      digits[i] = Character.forDigit(bits & 15, 16);
    }
    return new String(digits);
  }

  /** Takes the oldest usable connection; null when none has rested long enough. */
  Taken take() {
    while (untilRipe() == 0) {
      Iterator<ReadyConnection> oldest = ready.values().iterator();
      ReadyConnection connection = oldest.next();
      oldest.remove();
      Flow flow = connection.take();
      if (flow != null) {
        return new Taken(connection.id(), flow);
      }
    }
    return null;
  }

  /** Nanoseconds until the oldest becomes usable; {@code Long.MAX_VALUE} when there is none. */
  long untilRipe() {
    if (ready.isEmpty()) {
      return Long.MAX_VALUE;
    }
    return Math.max(0, ready.values().iterator().next().ripeAt() - home.time());
  }

  /** Closes the older half, at least one if there is one, and gives back their descriptors. */
  void shed() {
    Iterator<ReadyConnection> oldest = ready.values().iterator();
    for (int left = (ready.size() + 1) / 2; left > 0; left--) {
      ReadyConnection connection = oldest.next();
      oldest.remove();
      connection.discard();
    }
  }

  /** Closes every connection that is not in use. */
  void clear() {
    ready.values().forEach(ReadyConnection::discard);
    ready.clear();
  }
}
