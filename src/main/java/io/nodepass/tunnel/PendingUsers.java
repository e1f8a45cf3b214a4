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
  private final ReadyPool pool;
  private final ControlDesk desk;
  private final RelayBook book;
  private final Notices notices;
  private final ArrayDeque<WaitingUser> waiting = new ArrayDeque<>();
  private final Timer look;
  private long clientLostAt;

  PendingUsers(
      EventLoop home,
      EventLoops loops,
      ReadyPool pool,
      ControlDesk desk,
      RelayBook book,
      Notices notices) {
    this.home = home;
    this.loops = loops;
    this.pool = pool;
    this.desk = desk;
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
    home.schedule(look, LOOK_NANOS); // first: whatever is thrown below, there is a next time
    while (!waiting.isEmpty() && desk.isConnected()) {
      ReadyPool.Taken taken = pool.take();
      if (taken == null) {
        break;
      }
      join(waiting.pollFirst(), taken);
    }
    expire();
    if (waiting.isEmpty()) {
      home.cancel(look);
    } else {
      home.schedule(look, Math.min(LOOK_NANOS, pool.untilRipe()));
    }
  }

  private void expire() {
    long now = home.time();
    while (!waiting.isEmpty()) {
      WaitingUser first = waiting.peekFirst();
      boolean connected = desk.isConnected();
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

  /** Tells the client, and starts the relay on the loop that has room for it. */
  private void join(WaitingUser user, ReadyPool.Taken taken) {
    if (!desk.send(ControlLine.tcp(taken.id()))) {
      // The control channel broke on this very line: the user waits for the next client.
      taken.flow().abort(null);
      waiting.addFirst(user);
      return;
    }
    EventLoop loop = loops.forRelay(home);
    Flow tunnel = taken.flow();
    HandOver.to(
        loop,
        tunnel,
        () -> relay(user, tunnel, loop),
        cause -> {
          user.arrival().abort();
          lost(user, tunnel, cause);
        });
  }

  private void relay(WaitingUser user, Flow tunnel, EventLoop loop) {
    try {
      Flow flow = user.arrival().bind(loop);
      book.start(flow, tunnel, null, Addresses.text(user.arrival().remote()));
    } catch (IOException e) {
      lost(user, tunnel, e);
    }
  }

  /** Either end has gone in the very moment: the client sees an abort. */
  private void lost(WaitingUser user, Flow tunnel, IOException cause) {
    tunnel.abort(cause);
    book.refused();
    String from = Addresses.text(user.arrival().remote());
    notices.failed("tcp " + from + " aborted: " + cause.getMessage());
  }
}
