package io.nodepass.tunnel;

import io.nodepass.config.Limits;
import io.nodepass.config.TlsMode;
import io.nodepass.reactor.EventLoop;
import io.nodepass.reactor.Timer;
import io.nodepass.telemetry.Level;
import io.nodepass.transport.Addresses;
import io.nodepass.transport.Flow;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * One control connection of a client in the legacy dialect, with the pool that goes with it. For
 * the home loop only. Ends once; connections in use outlive it.
 */
final class LegacyClient implements ControlChannel.Listener, ClientPool.Watcher {
  /** How long a signal may be ahead of the connection that it names. */
  static final long PARK_NANOS = TimeUnit.SECONDS.toNanos(5);

  private static final long SILENCE_NANOS = TimeUnit.SECONDS.toNanos(2);

  /** Most signals that may wait for their connection, or for room under the limit. */
  private static final int MOST_PARKED = 4096;

  private final TunnelContext context;
  private final ClientSecurity security;
  private final EventLoop home;
  private final Notices notices;
  private final Admission admission;
  private final RelayBook book;
  private final InetSocketAddress target;
  private final String targetName;
  private final Events events;
  private final ControlChannel control;
  private final Map<String, Parked> parked = new LinkedHashMap<>();
  private final Set<PooledConnection> queued = new LinkedHashSet<>();
  private final Timer expiry;
  private final Timer silence;
  private ClientPool pool;
  private Runnable announcement;
  private boolean greeted;
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
      Flow flow,
      InetSocketAddress target,
      Admission admission,
      RelayBook book,
      Notices notices,
      Events events) {
    this.context = context;
    this.security = security;
    this.home = context.home();
    this.notices = notices;
    this.admission = admission;
    this.book = book;
    this.target = target;
    this.targetName = Addresses.text(target);
    this.events = events;
    this.control = new ControlChannel(flow, this);
    this.expiry = new Timer(this::expire);
    this.silence = new Timer(this::stillSilent);
  }

  void start() {
    home.schedule(silence, SILENCE_NANOS);
    control.open();
  }

  @Override
  public void line(String raw) throws ProtocolException {
    ControlLine line = ControlLine.parse(raw);
    if (line.isHealth()) {
      return;
    }
    if (greeted) {
      signalled(line);
    } else {
      greeted = true;
      greeted(line);
    }
  }

  /** A server that has a client greets no other: it may take for ever, but should not be silent. */
  private void stillSilent() {
    notices.failed(
        "no word yet from the server "
            + Addresses.text(control.flow().remote())
            + ": another client may be connected, or it is no NodePass server; waiting");
  }

  private void greeted(ControlLine line) throws ProtocolException {
    home.cancel(silence);
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
    } else if (parked.size() + queued.size() >= MOST_PARKED) {
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
      launch(connection);
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

  private void launch(PooledConnection connection) {
    if (admission.isFull() && queued.size() >= MOST_PARKED) {
      connection.discard(new IOException("too many wait for room"));
      notices.failed("tcp to target " + targetName + " aborted: too many wait for room");
    } else if (admission.isFull()) {
      connection.keep();
      queued.add(connection);
    } else {
      dialTarget(connection);
    }
  }

  private PooledConnection nextQueued() {
    Iterator<PooledConnection> oldest = queued.iterator();
    PooledConnection connection = oldest.next();
    oldest.remove();
    return connection;
  }

  @Override
  public void gone(PooledConnection connection) {
    queued.remove(connection);
  }

  /** A connection in use has ended. */
  void hasRoom() {
    while (!queued.isEmpty() && !admission.isFull()) {
      dialTarget(nextQueued());
    }
  }

  /** Dials on the loop that has room; the home loop when it holds bytes of the user already. */
  private void dialTarget(PooledConnection connection) {
    Flow tunnel = connection.take();
    if (tunnel == null) {
      return;
    }
    admission.enter();
    ByteBuffer early = connection.takeEarly();
    EventLoop loop = early == null ? context.loops().forRelay(home) : home;
    HandOver.to(
        loop,
        tunnel,
        () -> dialTarget(tunnel, early),
        cause -> {
          tunnel.abort(cause);
          targetFailed(String.valueOf(cause.getMessage()));
        });
  }

  private void dialTarget(Flow tunnel, ByteBuffer early) {
    new TargetDial(tunnel, early, book, targetName, this::targetFailed)
        .start(context.dialer(), target);
  }

  private void targetFailed(String reason) {
    book.refused();
    notices.failed("tcp to target " + targetName + " aborted: " + reason);
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

  void close() {
    control.close();
    release();
  }

  private void release() {
    over = true;
    home.cancel(expiry);
    home.cancel(silence);
    parked.clear();
    if (pool != null) {
      pool.close();
    }
    // What was signalled is in use already and only waits for room: it outlives the control channel
    // as a running connection would, unless there is nobody left who could launch it.
    while (!queued.isEmpty()) {
      dialTarget(nextQueued());
    }
  }
}
