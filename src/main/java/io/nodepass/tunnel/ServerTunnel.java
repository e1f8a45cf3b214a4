package io.nodepass.tunnel;

import io.nodepass.config.Endpoint;
import io.nodepass.telemetry.Level;
import io.nodepass.transport.Addresses;
import io.nodepass.transport.Arrival;
import io.nodepass.transport.Flow;
import io.nodepass.transport.Listener;
import io.nodepass.transport.tcp.TcpListener;
import io.nodepass.transport.tls.CertificateProblem;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

/**
 * The server in the legacy dialect: users enter here and leave at the client's target.
 *
 * <p>All state belongs to the home loop: who is the client ({@link ControlDesk}), its ready data
 * connections ({@link ReadyPool}) and the users who wait for one ({@link PendingUsers}).
 */
public final class ServerTunnel extends AbstractTunnel {
  /** The original's client may have stored an id this long after the id was sent, or later. */
  static final long HOLD_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  static final long MOST_ROUND_TRIP_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** A client may keep more ready connections than this server would: up to the usual maximum. */
  static final int LEAST_POOL_BOUND = 1024;

  private final ControlDesk desk;
  private final ReadyPool pool;
  private final PendingUsers pending;
  private ServerSecurity security;
  private int shedTo = Integer.MAX_VALUE;
  private long shedAt;
  private Listener control;
  private Listener data;
  private Listener ingress;

  public ServerTunnel(TunnelContext context) {
    super(context);
    this.shedAt = home.time();
    this.desk = new ControlDesk(home, notices, new Clients());
    this.pool = new ReadyPool(home, this::connectionDied);
    this.pending = new PendingUsers(home, context.loops(), pool, desk, book, notices);
  }

  @Override
  public void start() throws IOException, CertificateProblem {
    InetSocketAddress tunnel = resolve("tunnel", config.tunnel());
    InetSocketAddress target = resolve("target", config.target());
    ServerSecurity secure = ServerSecurity.of(context);
    HomeCall.run(home, () -> open(tunnel, target, secure));
    log.info(
        "server ready: tunnel "
            + Addresses.text(control.address())
            + ", ingress "
            + Addresses.text(ingress.address())
            + ", data port "
            + data.address().getPort()
            + ", tls="
            + config.tls().mode().code()
            + secure.description());
    ready.complete(null);
  }

  private void open(InetSocketAddress tunnel, InetSocketAddress target, ServerSecurity secure)
      throws IOException {
    security = secure;
    try {
      control = listen("tunnel", tunnel, new ControlPortEvents());
      // Before the data port, which can be any other one.
      ingress = listen("target", target, new IngressEvents());
      data = openData(tunnel.getAddress());
    } catch (IOException e) {
      closeListeners();
      security.close();
      throw e;
    }
    beat();
  }

  private static InetSocketAddress resolve(String what, Endpoint endpoint) throws IOException {
    if (endpoint.host().isEmpty()) {
      return TcpListener.everyInterface(endpoint.port());
    }
    InetSocketAddress address = new InetSocketAddress(endpoint.host(), endpoint.port());
    if (address.isUnresolved()) {
      throw new IOException(
          "cannot listen on " + what + " address " + endpoint + ": name not found");
    }
    return address;
  }

  private Listener listen(String what, InetSocketAddress address, Listener.Acceptor acceptor)
      throws IOException {
    try {
      return TcpListener.open(home, address, acceptor, log);
    } catch (IOException e) {
      throw new IOException(
          "cannot listen on "
              + what
              + " address "
              + Addresses.text(address)
              + ": "
              + e.getMessage(),
          e);
    }
  }

  private Listener openData(InetAddress ip) throws IOException {
    return DataPort.open(
        ip,
        config.dataPorts(),
        context.reservedPorts(),
        address -> TcpListener.open(home, address, new DataPortEvents(), log));
  }

  /** What happens at the data port. */
  private final class DataPortEvents implements Listener.Acceptor {
    @Override
    public void accepted(Arrival arrival) {
      ControlDesk.Claim claim = desk.accepted(arrival.remote().getAddress());
      if (claim == null) {
        refuse(arrival, "no client at that address");
      } else if (pool.size() + security.unfinished() >= mostReady()) {
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

    /** Users who wait hold the descriptors that their data connections need: some have to go. */
    @Override
    public void failed() {
      pending.turnHalfAway("no descriptor is left for its data connection");
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
    public void secured(Flow flow) {
      if (!desk.opened(claim)) {
        IOException cause = new IOException("its client is gone");
        flow.abort(cause);
        log.debug(
            "data connection from " + Addresses.text(remote) + " dropped: its client is gone");
        return;
      }
      try {
        pool.add(flow);
        pending.serve();
      } catch (IOException e) {
        log.debug("data connection ended before it was named: " + e.getMessage());
      }
    }

    @Override
    public void refused(String reason) {
      notices.refused("data connection refused: " + reason);
    }

    @Override
    public void ended(String reason) {
      log.debug("data connection ended before it was named: " + reason);
    }
  }

  /** What happens at the tunnel port. */
  private final class ControlPortEvents implements Listener.Acceptor {
    @Override
    public void accepted(Arrival arrival) {
      desk.arrived(arrival);
    }

    /** A client that cannot get in is worse than users who wait for it in vain. */
    @Override
    public void failed() {
      pending.turnHalfAway("no descriptor is left for a client");
      pool.shed();
    }
  }

  /** What happens where users enter. */
  private final class IngressEvents implements Listener.Acceptor {
    @Override
    public void accepted(Arrival arrival) {
      admission.enter();
      if (admission.isFull()) {
        ingress.pause(true);
        if (!admission.isFull()) {
          ingress.pause(false); // one left in between, and may not have seen the pause
        }
      }
      pending.add(arrival);
    }

    /** Ready connections must not hold every descriptor: each user needs one too. */
    @Override
    public void failed() {
      pool.shed();
      shedTo = pool.size();
      shedAt = home.time();
    }
  }

  /**
   * How many ready connections are taken; after descriptors ran out it grows again by the second.
   */
  private int mostReady() {
    int most = Math.max(LEAST_POOL_BOUND, config.limits().maxPool());
    long seconds = TimeUnit.NANOSECONDS.toSeconds(home.time() - shedAt);
    return (int) Math.min(most, Math.max(1L, shedTo) + seconds);
  }

  @Override
  void hasRoom() {
    if (!admission.isFull()) {
      ingress.pause(false);
    }
  }

  @Override
  void sendHealth() {
    desk.sendHealth();
  }

  @Override
  public InetSocketAddress address() {
    return ingress.address();
  }

  @Override
  public InetSocketAddress tunnelAddress() {
    return control.address();
  }

  @Override
  void end() {
    closeListeners();
    if (security != null) {
      security.close();
    }
    pending.close("the server is shutting down");
    pool.clear();
    desk.close();
  }

  @Override
  public void join() {
    if (security != null) {
      security.join();
    }
  }

  private void closeListeners() {
    for (Listener listener : new Listener[] {ingress, data, control}) {
      if (listener != null) {
        listener.close();
      }
    }
  }

  /** What the desk tells of control channels. */
  private final class Clients implements ControlDesk.Owner {
    @Override
    public String greeting() {
      return ControlLine.greeting(data.address().getPort(), config.tls().mode().code());
    }

    @Override
    public void connected(InetSocketAddress client, long roundTripNanos) {
      pool.hold(HOLD_NANOS + Math.min(roundTripNanos, MOST_ROUND_TRIP_NANOS));
      notices.client(Level.INFO, "client connected: " + Addresses.text(client));
    }

    @Override
    public void lost(InetSocketAddress client, String reason) {
      pending.clientLost();
      security.clear();
      pool.clear();
      notices.client(
          Level.WARN, "control channel lost: client " + Addresses.text(client) + ": " + reason);
      pending.serve();
    }
  }

  private void connectionDied(ReadyConnection connection, String reason, boolean gone) {
    log.debug("ready connection dropped: " + connection.id() + ": " + reason);
    if (gone) {
      // Nothing is in flight on a ready connection, so its keep-alive notices a dead peer long
      // before the control channel, which waits for its own retransmissions.
      desk.drop("a ready connection found it gone: " + reason);
    }
  }
}
