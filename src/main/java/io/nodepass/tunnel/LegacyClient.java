package io.nodepass.tunnel;

import io.nodepass.config.Limits;
import io.nodepass.config.TlsMode;
import io.nodepass.reactor.EventLoop;
import io.nodepass.reactor.Timer;
import io.nodepass.telemetry.Level;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * One control connection of a client in the legacy dialect, with the pool that goes with it. For
 * the home loop only. Ends once; connections in use outlive it.
 */
final class LegacyClient implements ControlStage, ControlChannel.Listener, ClientPool.Watcher {
  /** How long a signal may be ahead of the connection that it names. */
  static final long PARK_NANOS = TimeUnit.SECONDS.toNanos(5);

  /** Most signals that may wait for their connection, or for room under the limit. */
  private static final int MOST_PARKED = 4096;

  private final TunnelContext context;
  private final ClientSecurity security;
  private final EventLoop home;
  private final Notices notices;
  private final TargetLauncher launcher;
  private final Events events;
  private final ControlChannel control;
  private final Map<String, Parked> parked = new LinkedHashMap<>();
  private final Timer expiry;
  private ClientPool pool;
  private Runnable announcement;
  private boolean over;

  /** A signal that is ahead of its connection. */
  private record Parked(String kind, long since) {}

  /** Whoever rebuilds it. */
  interface Events {
    /** The first data connection has been named: users can come. */
    void ready(int dataPort, TlsMode mode);

    void lost(String reason);
  }

  LegacyClient(
      TunnelContext context,
      ClientSecurity security,
      ControlChannel control,
      TargetLauncher launcher,
      Notices notices,
      Events events) {
    this.context = context;
    this.security = security;
    this.home = context.home();
    this.notices = notices;
    this.launcher = launcher;
    this.events = events;
    this.control = control;
    this.expiry = new Timer(this::expire);
  }

  @Override
  public void line(String raw) throws ProtocolException {
    ControlLine line = ControlLine.parse(raw);
    if (line.isHealth()) {
      return;
    }
    signalled(line);
  }

  /**
   * Begins, with the server's first line. What follows is to be told by {@link #line}, and the loss
   * of the channel by {@link #lost}.
   *
   * @throws ProtocolException when it makes no sense, or says less than is accepted
   */
  void start(ControlLine line) throws ProtocolException {
    int port = line.port();
    TlsMode mode = line.tlsMode();
    security.check(mode);
    security.prepare(
        mode,
        new ClientSecurity.Outcome() {
          @Override
          public void prepared(ClientSecurity.Dialling dialling) {
            if (!over) {
              openPool(port, mode, dialling);
            }
          }

          @Override
          public void failed(String reason) {
            if (!over) {
              control.close();
              lost(reason);
            }
          }
        });
  }

  private void openPool(int port, TlsMode mode, ClientSecurity.Dialling dialling) {
    announcement =
        () -> {
          security.proven(mode);
          events.ready(port, mode);
        };
    // The address that the control channel found, not the name: both must reach the same machine.
    InetSocketAddress server = (InetSocketAddress) control.flow().remote();
    InetSocketAddress address = new InetSocketAddress(server.getAddress(), port);
    Limits limits = context.config().limits();
    pool = new ClientPool(home, dialling, address, limits, this);
    pool.refill();
  }

  private void signalled(ControlLine line) throws ProtocolException {
    if (pool == null) {
      throw new ProtocolException("signals a connection before there is any");
    }
    PooledConnection connection = pool.take(line.authority());
    if (connection != null) {
      use(connection, line.fragment());
    } else if (parked.size() + launcher.waiting() >= MOST_PARKED) {
      throw new ProtocolException("signals more connections than there are");
    } else {
      parked.remove(line.authority()); // so that the newest is last, as the expiry expects
      parked.put(line.authority(), new Parked(line.fragment(), home.time()));
      if (!expiry.isScheduled()) {
        home.schedule(expiry, PARK_NANOS);
      }
    }
  }

  @Override
  public void named(PooledConnection connection) {
    tell(connection, "is ready");
    if (announcement != null) {
      announcement.run();
      announcement = null;
    }
    Parked signal = parked.remove(connection.id());
    if (signal != null) {
      pool.take(connection.id());
      use(connection, signal.kind());
    }
  }

  private void tell(PooledConnection connection, String what) {
    if (context.log().on(Level.DEBUG)) {
      context.log().debug("data connection " + connection.id() + " " + what);
    }
  }

  private void use(PooledConnection connection, String kind) {
    tell(connection, "is to be used");
    if (kind.equals(ControlLine.TCP)) {
      launcher.launch(connection);
    } else {
      // The other end waits for somebody on that connection: it must at least see an end.
      notices.refused("signal of a kind that is not supported yet: #" + kind);
      connection.discard(new IOException("used for something that is not supported"));
    }
  }

  private void expire() {
    long now = home.time();
    Iterator<Map.Entry<String, Parked>> entries = parked.entrySet().iterator();
    while (entries.hasNext()) {
      Map.Entry<String, Parked> first = entries.next();
      long left = first.getValue().since() + PARK_NANOS - now;
      if (left > 0) {
        home.schedule(expiry, left);
        return;
      }
      notices.failed("signal for " + first.getKey() + " dropped: no such data connection came");
      entries.remove();
    }
  }

  @Override
  public void gone(PooledConnection connection) {
    launcher.gone(connection);
  }

  @Override
  public void failing(String reason, long pauseNanos) {
    notices.failed(
        "data connection failed: " + reason + "; next attempt in " + Seconds.text(pauseNanos));
  }

  @Override
  public void lost(String reason) {
    release();
    events.lost(reason);
  }

  /** Another dialect goes on with this control channel. */
  void giveWay() {
    release();
  }

  @Override
  public void close() {
    control.close();
    release();
  }

  private void release() {
    over = true;
    home.cancel(expiry);
    parked.clear();
    if (pool != null) {
      pool.close();
    }
  }
}
