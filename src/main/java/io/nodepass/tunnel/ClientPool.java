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
  private static final int NO_CEILING = 1 << 20;
  private static final long REVIEW = TimeUnit.SECONDS.toNanos(1);

  private final EventLoop home;
  private final Dialer dialer;
  private final int mostDials;
  private final InetSocketAddress address;
  private final Watcher watcher;
  private final PoolSizer sizer;
  private final Map<String, PooledConnection> byId = new HashMap<>();
  private final Set<PooledConnection> ending = new HashSet<>(); // of those in byId
  private final Set<PooledConnection> dialling = new HashSet<>();
  private final Timer refill;
  private final DialPauses pauses;
  private int ceiling = NO_CEILING;
  private long ceilingAt;
  private boolean closed;

  /** Whoever uses the connections. */
  interface Watcher {
    void named(PooledConnection connection);

    /** It has gone, in whatever state; nothing more is heard of it. */
    void gone(PooledConnection connection);

    /** Dialling fails; it goes on after a growing pause. */
    void failing(String reason, long pauseNanos);
  }

  ClientPool(
      EventLoop home,
      ClientSecurity.Dialling dialling,
      InetSocketAddress address,
      Limits limits,
      Watcher watcher) {
    this.home = home;
    this.dialer = dialling.dialer();
    this.mostDials = dialling.most();
    this.address = address;
    this.watcher = watcher;
    this.sizer = new PoolSizer(limits.minPool(), limits.maxPool(), home.time());
    this.refill = new Timer(this::refill);
    this.pauses = new DialPauses(home.time());
  }

  /** Dials until there are as many as are wanted. */
  void refill() {
    if (closed) {
      return;
    }
    long now = home.time();
    long wait = pauses.left(now);
    home.schedule(refill, wait > 0 ? wait : REVIEW); // first: whatever is thrown below
    if (wait > 0) {
      return;
    }
    // While dialling fails, one attempt at a time is enough to find out when it works again.
    int most = pauses.growing() ? 1 : mostDials;
    // A dial can fail before it returns, and begin a pause or lower the ceiling.
    while (dialling.size() < most && pauses.left(now) <= 0 && wantsMore(now)) {
      dialOne();
    }
  }

  private boolean wantsMore(long now) {
    return size() + dialling.size() < Math.min(sizer.target(now), ceiling(now));
  }

  /** What the other end has room for, as far as is known; a little more is tried every second. */
  private int ceiling(long now) {
    if (ceiling < NO_CEILING && now - ceilingAt >= REVIEW) {
      ceilingAt = now;
      ceiling = Math.min(NO_CEILING, ceiling + 1 + ceiling / 8);
    }
    return ceiling;
  }

  /** The other end drops what it has just been given. */
  private void unwanted(PooledConnection connection, String reason) {
    if (size() == 0) {
      failing(reason);
    } else {
      // What has been used since its dial had a place, and that is free now.
      ceiling = Math.max(size(), connection.others());
      ceilingAt = home.time();
    }
  }

  private void failing(String reason) {
    long pause = pauses.failed(home.time());
    if (pause > 0) {
      watcher.failing(reason, pause);
    }
  }

  private void dialOne() {
    PooledConnection connection = new PooledConnection(home, size(), this);
    dialling.add(connection);
    connection.open(dialer, address);
  }

  /** Takes the connection of that name and replaces it; null when there is none. */
  PooledConnection take(String id) {
    PooledConnection connection = byId.remove(id);
    if (connection != null) {
      ending.remove(connection);
      long now = home.time();
      sizer.used(now, now - connection.namedAt());
      refill();
    }
    return connection;
  }

  /** How many can be used. */
  int size() {
    return byId.size() - ending.size();
  }

  void close() {
    closed = true;
    home.cancel(refill);
    IOException cause = new IOException("the pool was closed");
    byId.values().forEach(connection -> connection.discard(cause));
    dialling.forEach(connection -> connection.discard(cause));
    byId.clear();
    ending.clear();
    dialling.clear();
  }

  @Override
  public void named(PooledConnection connection, long dialNanos) {
    dialling.remove(connection);
    pauses.succeeded(home.time());
    sizer.observeDial(dialNanos);
    PooledConnection twin = byId.put(connection.id(), connection);
    if (twin != null) {
      ending.remove(twin);
      twin.discard(new IOException("another connection has the same id"));
    }
    watcher.named(connection);
    refill();
  }

  @Override
  public void ended(PooledConnection connection) {
    if (byId.get(connection.id()) == connection) {
      ending.add(connection);
      if (home.time() - connection.namedAt() < DialPauses.YOUNG) {
        unwanted(connection, "ended as soon as it was named");
      }
      refill();
    }
  }

  @Override
  public void died(PooledConnection connection, String reason) {
    watcher.gone(connection);
    boolean wasEnding = ending.remove(connection);
    if (dialling.remove(connection)) {
      if (connection.wasConnected()) {
        unwanted(connection, reason);
      } else {
        failing(reason);
      }
    } else if (byId.remove(connection.id(), connection)
        && !wasEnding
        && home.time() - connection.namedAt() < DialPauses.YOUNG) {
      unwanted(connection, reason);
    }
    refill();
  }
}
