package io.nodepass.tunnel;

import io.nodepass.config.Dialect;
import io.nodepass.telemetry.Level;
import io.nodepass.transport.Addresses;
import io.nodepass.transport.Arrival;
import io.nodepass.transport.Flow;
import io.nodepass.transport.Listener;
import io.nodepass.transport.tcp.TcpListener;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.concurrent.TimeUnit;

/**
 * A server's connections with a client of the legacy dialect: who that is ({@link ControlDesk}),
 * the data port, which is open only while somebody may need it, and what is ready ({@link
 * ReadyPool}). For the home loop only.
 */
final class LegacySupply implements Supply, DeskOwner {
  /** The original's client may have stored an id this long after the id was sent, or later. */
  static final long HOLD_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  static final long MOST_ROUND_TRIP_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final TunnelContext context;
  private final InetAddress ip;
  private final ServerSecurity security;
  private final Notices notices;
  private final Supply.Owner owner;
  private final HelloTaker helloTaker;
  private final boolean alone;
  private final ControlDesk desk;
  private final ReadyPool pool;
  private Listener data;
  private boolean closed;

  /** Who goes on with a client that speaks the session dialect after all. */
  @FunctionalInterface
  interface HelloTaker {
    void hello(Flow flow, InetSocketAddress remote, String line);
  }

  /**
   * Without a client.
   *
   * @param ip where the data port is opened
   */
  LegacySupply(
      TunnelContext context,
      InetAddress ip,
      ServerSecurity security,
      Notices notices,
      Supply.Owner owner,
      HelloTaker helloTaker) {
    this.context = context;
    this.ip = ip;
    this.security = security;
    this.notices = notices;
    this.owner = owner;
    this.helloTaker = helloTaker;
    this.alone = context.config().dialect() == Dialect.LEGACY;
    this.desk = new ControlDesk(context.home(), notices, this);
    this.pool = new ReadyPool(context.home(), this::connectionDied);
  }

  /** A connection to the tunnel port, where nothing but this dialect is spoken. */
  void arrived(Arrival arrival) {
    desk.arrived(arrival);
  }

  /** A connection to the tunnel port that is silent. */
  void adopt(Flow flow, InetSocketAddress remote) {
    desk.adopt(flow, remote);
  }

  /**
   * Opens the data port if it is not open.
   *
   * @return its number
   * @throws IOException when none can be opened
   */
  int openDataPort() throws IOException {
    if (data == null) {
      data =
          DataPort.open(
              ip,
              context.config().dataPorts(),
              context.reservedPorts(),
              address ->
                  TcpListener.open(context.home(), address, new DataPortEvents(), context.log()));
      if (!alone) {
        notices.client(
            Level.INFO,
            "data port " + data.address().getPort() + " opened for clients of the legacy dialect");
      }
    }
    return data.address().getPort();
  }

  @Override
  public void idle() {
    if (data != null && !alone) {
      int port = data.address().getPort();
      closeDataPort();
      security.clear(DataConnection.class::isInstance);
      notices.client(
          Level.INFO, "data port " + port + " closed: no client of the legacy dialect is left");
    }
  }

  private void closeDataPort() {
    if (data != null) {
      data.close();
      data = null;
    }
  }

  /** How many connections are ready. */
  int size() {
    return pool.size();
  }

  /** Closes the older half of what is ready. */
  void shed() {
    pool.shed();
  }

  void sendHealth() {
    desk.sendHealth();
  }

  void close() {
    closed = true;
    closeDataPort();
    pool.clear();
    desk.close();
  }

  /** Whether there is a client, at another address than this one. */
  boolean hasElsewhere(InetAddress ip) {
    return desk.hasElsewhere(ip);
  }

  @Override
  public boolean isConnected() {
    return desk.isConnected();
  }

  @Override
  public Given take(SocketAddress user) {
    ReadyPool.Taken taken = pool.take();
    if (taken == null) {
      return null;
    }
    if (!desk.send(ControlLine.tcp(taken.id()))) {
      // The control channel broke on this very line: the user waits for the next client.
      taken.flow().abort(null);
      return null;
    }
    return new Given(taken.flow(), () -> {});
  }

  @Override
  public long untilRipe() {
    return pool.untilRipe();
  }

  @Override
  public void wanted(int waiting) {
    // The dialect cannot say it.
  }

  @Override
  public String greeting() throws IOException {
    return ControlLine.greeting(openDataPort(), context.config().tls().mode().code());
  }

  @Override
  public boolean takesHello() {
    return !alone;
  }

  @Override
  public void hello(Flow flow, InetSocketAddress remote, String line, boolean wasClient) {
    if (wasClient) {
      security.clear(DataConnection.class::isInstance);
      pool.clear();
      owner.clientLost();
    }
    helloTaker.hello(flow, remote, line);
  }

  @Override
  public void connected(InetSocketAddress client, long roundTripNanos) {
    pool.hold(HOLD_NANOS + Math.min(roundTripNanos, MOST_ROUND_TRIP_NANOS));
    notices.client(Level.INFO, "client connected: " + Addresses.text(client));
  }

  @Override
  public void lost(InetSocketAddress client, String reason) {
    security.clear(DataConnection.class::isInstance);
    pool.clear();
    notices.client(
        Level.WARN, "control channel lost: client " + Addresses.text(client) + ": " + reason);
    owner.clientLost();
  }

  private void connectionDied(ReadyConnection connection, String reason, boolean gone) {
    context.log().debug("ready connection dropped: " + connection.id() + ": " + reason);
    if (gone) {
      // Nothing is in flight on a ready connection, so its keep-alive notices a dead peer long
      // before the control channel, which waits for its own retransmissions.
      desk.drop("a ready connection found it gone: " + reason);
    }
  }

  /** What happens at the data port. */
  private final class DataPortEvents implements Listener.Acceptor {
    @Override
    public void accepted(Arrival arrival) {
      ControlDesk.Claim claim = desk.accepted(arrival.remote().getAddress());
      if (claim == null) {
        refuse(arrival, "no client at that address");
      } else if (owner.isFull(security.unfinished())) {
        refuse(arrival, "the pool is full");
      } else {
        security.secure(arrival, new DataConnection(arrival.remote(), claim));
      }
    }

    private void refuse(Arrival arrival, String reason) {
      arrival.abort();
      String from = Addresses.text(arrival.remote());
      notices.refused("data connection from " + from + " refused: " + reason);
    }

    @Override
    public void failed() {
      owner.outOfDescriptors();
    }
  }

  /** What becomes of one that the data port has taken. */
  private final class DataConnection implements ServerSecurity.Outcome {
    private final InetSocketAddress remote;
    private final ControlDesk.Claim claim;

    DataConnection(InetSocketAddress remote, ControlDesk.Claim claim) {
      this.remote = remote;
      this.claim = claim;
    }

    @Override
    public void secured(Flow flow, byte[] bind) {
      if (closed || !desk.opened(claim)) {
        flow.abort(new IOException("its client is gone"));
        context
            .log()
            .debug(
                "data connection from " + Addresses.text(remote) + " dropped: its client is gone");
        return;
      }
      try {
        pool.add(flow);
        owner.stocked();
      } catch (IOException e) {
        context.log().debug("data connection ended before it was named: " + e.getMessage());
      }
    }

    @Override
    public void refused(String reason) {
      notices.refused("data connection refused: " + reason);
    }

    @Override
    public void ended(String reason) {
      context.log().debug("data connection ended before it was named: " + reason);
    }
  }
}
