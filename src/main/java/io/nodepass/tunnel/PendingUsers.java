package io.nodepass.tunnel;

import io.nodepass.reactor.EventLoop;
import io.nodepass.reactor.EventLoops;
import io.nodepass.reactor.Timer;
import io.nodepass.transport.Addresses;
import io.nodepass.transport.Arrival;
import io.nodepass.transport.Flow;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;

/**
 * Users who have arrived at the server, until each is joined with a ready data connection or its
 * patience is over. They have a place in the admission already, which is left in either case. For
 * the home loop only.
 */
final class PendingUsers {
  static final long WAIT_WITHOUT_CLIENT_NANOS = TimeUnit.SECONDS.toNanos(10);
  static final long WAIT_WITH_CLIENT_NANOS = TimeUnit.SECONDS.toNanos(30);
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

  private final EventLoop home;
  private final EventLoops loops;
  private final Supply supply;
  private final RelayBook book;
  private final Notices notices;
  private final ArrayDeque<WaitingUser> waiting = new ArrayDeque<>();
  private final Timer look;
  private long clientLostAt;
  private boolean serving;

  PendingUsers(EventLoop home, EventLoops loops, Supply supply, RelayBook book, Notices notices) {
    this.home = home;
    this.loops = loops;
    this.supply = supply;
    this.book = book;
    this.notices = notices;
    this.look = new Timer(this::serve);
    this.clientLostAt = home.time();
  }

  void add(Arrival arrival) {
    waiting.addLast(new WaitingUser(arrival, home.time()));
    serve();
  }

  /** From now on there is no client: the shorter patience begins. */
  void clientLost() {
    clientLostAt = home.time();
  }

  /** Turns the later half away, at least one if there is one. */
  void turnHalfAway(String reason) {
    for (int left = (waiting.size() + 1) / 2; left > 0; left--) {
      turnAway(waiting.pollLast(), reason);
    }
  }

  /** Turns everybody away. */
  void close(String reason) {
    home.cancel(look);
    while (!waiting.isEmpty()) {
      turnAway(waiting.pollFirst(), reason);
    }
  }

  /** Gives those who wait, in their order, the connections that are ready. */
  void serve() {
    if (serving) {
      return; // a connection that was to be taken has ended its client
    }
    serving = true;
    try {
      home.schedule(look, LOOK_NANOS); // first: whatever is thrown below, there is a next time
      join();
      expire();
      supply.wanted(waiting.size());
    } finally {
      serving = false;
    }
    if (waiting.isEmpty()) {
      home.cancel(look);
    } else {
      home.schedule(look, Math.min(LOOK_NANOS, supply.untilRipe()));
    }
  }

  private void join() {
    while (!waiting.isEmpty() && supply.isConnected()) {
      Supply.Given given = supply.take(waiting.peekFirst().arrival().remote());
      if (given == null) {
        return;
      }
      join(waiting.pollFirst(), given);
    }
  }

  private void expire() {
    long now = home.time();
    while (!waiting.isEmpty()) {
      WaitingUser first = waiting.peekFirst();
      boolean connected = supply.isConnected();
      long waited = now - first.since();
      long alone = Math.min(waited, now - clientLostAt);
      String reason;
      if (!connected && alone >= WAIT_WITHOUT_CLIENT_NANOS) {
        reason = "no client is connected";
      } else if (waited >= WAIT_WITH_CLIENT_NANOS) {
        reason = "the client had no connection ready";
      } else {
        return;
      }
      waiting.pollFirst();
      turnAway(first, reason);
    }
  }

  private void turnAway(WaitingUser user, String reason) {
    user.arrival().abort();
    book.refused();
    notices.failed(
        "tcp "
            + Addresses.text(user.arrival().remote())
            + " aborted after "
            + Seconds.text(home.time() - user.since())
            + ": "
            + reason);
  }

  /** Starts the relay on the loop that has room for it. */
  private void join(WaitingUser user, Supply.Given given) {
    EventLoop loop = loops.forRelay(home);
    HandOver.to(
        loop,
        given.flow(),
        () -> relay(user, given, loop),
        cause -> {
          user.arrival().abort();
          lost(user, given, cause);
        });
  }

  private void relay(WaitingUser user, Supply.Given given, EventLoop loop) {
    try {
      Flow flow = user.arrival().bind(loop);
      String name = Addresses.text(user.arrival().remote());
      book.start(flow, given.flow(), null, name, given.over());
    } catch (IOException e) {
      lost(user, given, e);
    }
  }

  /** Either end has gone in the very moment: the client sees an abort. */
  private void lost(WaitingUser user, Supply.Given given, IOException cause) {
    given.flow().abort(cause);
    given.over().run();
    book.refused();
    String from = Addresses.text(user.arrival().remote());
    notices.failed("tcp " + from + " aborted: " + cause.getMessage());
  }
}
