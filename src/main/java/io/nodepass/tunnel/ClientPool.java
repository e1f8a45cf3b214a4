package io.nodepass.tunnel;

import io.nodepass.config.Limits;
import io.nodepass.reactor.EventLoop;
import io.nodepass.reactor.Timer;
import io.nodepass.transport.Dialer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * The client's data connections that are not in use: dials as many as {@link PoolSizer} asks for,
 * knows the named ones by id, and replaces at once what was used or has died. For the home loop
 * only.
 */
final class ClientPool implements PooledConnection.Watcher {
  /** Plain dials cost the other side next to nothing; with TLS the original takes one at a time. */
  static final int MOST_DIALS = 64;

  private static final long LEAST_PAUSE = TimeUnit.MILLISECONDS.toNanos(100);
  private static final long MOST_PAUSE = TimeUnit.SECONDS.toNanos(5);
  private static final long REVIEW = TimeUnit.SECONDS.toNanos(1);

  private final EventLoop home;
  private final Dialer dialer;
  private final InetSocketAddress address;
  private final Watcher watcher;
  private final PoolSizer sizer;
  private final Map<String, PooledConnection> byId = new HashMap<>();
  private final Set<PooledConnection> dialling = new HashSet<>();
  private final Timer refill;
  private long pause;
  private long pausedUntil;
  private boolean closed;

  /** Whoever uses the connections. */
  interface Watcher {
    void named(PooledConnection connection);

    /** Dialling fails; it goes on after a growing pause. */
    void failing(String reason, long pauseNanos);
  }

  ClientPool(
      EventLoop home, Dialer dialer, InetSocketAddress address, Limits limits, Watcher watcher) {
    this.home = home;
    this.dialer = dialer;
    this.address = address;
    this.watcher = watcher;
    this.sizer = new PoolSizer(limits.minPool(), limits.maxPool(), home.time());
    this.refill = new Timer(this::refill);
    this.pausedUntil = home.time();
  }

  /** Dials until there are as many as are wanted. */
  void refill() {
    if (closed) {
      return;
    }
    long now = home.time();
    if (pausedUntil - now > 0) {
      home.schedule(refill, pausedUntil - now);
      return;
    }
    int target = sizer.target(now);
    // While dialling fails, one attempt at a time is enough to find out when it works again.
    int most = pause > 0 ? 1 : MOST_DIALS;
    // A dial can fail at once, and begin a pause, before it returns.
    while (byId.size() + dialling.size() < target
        && dialling.size() < most
        && pausedUntil - now <= 0) {
      dialOne();
    }
    if (!refill.isScheduled()) {
      home.schedule(refill, REVIEW);
    }
  }

  private void dialOne() {
    PooledConnection connection = new PooledConnection(home, this);
    dialling.add(connection);
    connection.open(dialer, address);
  }

  /** Takes the connection of that name and replaces it; null when there is none. */
  PooledConnection take(String id) {
    PooledConnection connection = byId.remove(id);
    if (connection != null) {
      long now = home.time();
      sizer.used(now, now - connection.namedAt());
      refill();
    }
    return connection;
  }

  int size() {
    return byId.size();
  }

  void close() {
    closed = true;
    home.cancel(refill);
    IOException cause = new IOException("the pool was closed");
    byId.values().forEach(connection -> connection.discard(cause));
    dialling.forEach(connection -> connection.discard(cause));
    byId.clear();
    dialling.clear();
  }

  @Override
  public void named(PooledConnection connection, long dialNanos) {
    dialling.remove(connection);
    pause = 0;
    sizer.observeDial(dialNanos);
    PooledConnection twin = byId.put(connection.id(), connection);
    if (twin != null) {
      twin.discard(new IOException("another connection has the same id"));
    }
    watcher.named(connection);
    refill();
  }

  @Override
  public void died(PooledConnection connection, String reason) {
    if (dialling.remove(connection)) {
      long now = home.time();
      // What fails during a pause was dialled together with what caused it: that counts once.
      if (pausedUntil - now <= 0) {
        pause = Math.min(MOST_PAUSE, Math.max(LEAST_PAUSE, pause * 2));
        pausedUntil = now + pause;
        watcher.failing(reason, pause);
      }
    } else if (connection.id() == null || !byId.remove(connection.id(), connection)) {
      return;
    }
    refill();
  }
}
