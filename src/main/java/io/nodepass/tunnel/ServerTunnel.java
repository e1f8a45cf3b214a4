package io.nodepass.tunnel;

import io.nodepass.config.Endpoint;
import io.nodepass.config.TunnelConfig;
import io.nodepass.reactor.EventLoop;
import io.nodepass.reactor.EventLoops;
import io.nodepass.reactor.Timer;
import io.nodepass.telemetry.Log;
import io.nodepass.telemetry.Traffic;
import io.nodepass.transport.Addresses;
import io.nodepass.transport.Arrival;
import io.nodepass.transport.Flow;
import io.nodepass.transport.Listener;
import io.nodepass.transport.tcp.TcpListener;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * The server in the legacy dialect: users enter here and leave at the client's target.
 *
 * <p>All state belongs to the home loop. A user waits in {@link #waiting} until there is a usable
 * data connection, then goes to that connection's loop, which starts the relay.
 */
public final class ServerTunnel implements Tunnel {
  /** The original's client may have stored an id this long after the id was sent, or later. */
  static final long HOLD_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  static final long MOST_ROUND_TRIP_NANOS = TimeUnit.SECONDS.toNanos(1);
  static final long WAIT_WITHOUT_CLIENT_NANOS = TimeUnit.SECONDS.toNanos(10);
  static final long WAIT_WITH_CLIENT_NANOS = TimeUnit.SECONDS.toNanos(30);
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

  private final TunnelConfig config;
  private final EventLoop home;
  private final EventLoops loops;
  private final Log log;
  private final Notices notices;
  private final Traffic traffic = new Traffic();
  private final Totals totals;
  private final Admission admission;
  private final RelayBook book;
  private final ControlDesk desk;
  private final ReadyPool pool;
  private final ArrayDeque<WaitingUser> waiting = new ArrayDeque<>();
  private final Timer serve;
  private final Timer health;
  private final CompletableFuture<Void> ready = new CompletableFuture<>();
  private Listener control;
  private Listener data;
  private Listener ingress;
  private long clientLostAt;
  private boolean stopped;

  public ServerTunnel(TunnelContext context) {
    this.config = context.config();
    this.home = context.home();
    this.loops = context.loops();
    this.log = context.log();
    this.notices = new Notices(log, home::time);
    this.admission = new Admission(config.limits().semaphore(), this::hasRoom);
    this.book =
        new RelayBook(context.loops().all(), context.relayLimits(), admission, notices, traffic);
    this.totals = new Totals(traffic, log);
    this.desk = new ControlDesk(home, notices, new Clients());
    this.pool = new ReadyPool(home, this::connectionDied);
    this.serve = new Timer(this::serve);
    this.health = new Timer(this::beat);
    this.clientLostAt = home.time();
  }

  @Override
  public void start() throws IOException {
    InetSocketAddress tunnel = resolve("tunnel", config.tunnel());
    InetSocketAddress target = resolve("target", config.target());
    HomeCall.run(home, () -> open(tunnel, target));
    log.info(
        "server ready: tunnel "
            + Addresses.text(control.address())
            + ", ingress "
            + Addresses.text(ingress.address())
            + ", data port "
            + data.address().getPort());
    ready.complete(null);
  }

  private void open(InetSocketAddress tunnel, InetSocketAddress target) throws IOException {
    try {
      control = listen("tunnel", tunnel, arrival -> desk.arrived(arrival));
      desk.listener(control);
      data = openData(tunnel.getAddress());
      ingress = listen("target", target, this::userArrived);
    } catch (IOException e) {
      closeListeners();
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
        address -> TcpListener.open(home, address, new DataPortEvents(), log));
  }

  private void beat() {
    long interval = config.limits().reportInterval().toNanos();
    if (!stopped && interval > 0) {
      desk.sendHealth();
      totals.report();
      notices.report();
      home.schedule(health, interval);
    }
  }

  /** What happens at the data port. */
  private final class DataPortEvents implements Listener.Acceptor {
    @Override
    public void accepted(Arrival arrival) {
      if (!desk.accepts(arrival.remote().getAddress())) {
        refuse(arrival, "no client at that address");
      } else if (pool.size() >= config.limits().maxPool()) {
        refuse(arrival, "the pool is full");
      } else {
        try {
          pool.add(arrival);
          serve();
        } catch (IOException e) {
          log.debug("data connection ended before it was named: " + e.getMessage());
        }
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
      for (int left = (waiting.size() + 1) / 2; left > 0; left--) {
        turnAway(waiting.pollLast(), "no descriptor is left for its data connection");
      }
    }
  }

  private void userArrived(Arrival arrival) {
    admission.enter();
    if (admission.isFull()) {
      ingress.pause(true);
      if (!admission.isFull()) {
        ingress.pause(false); // one left in between, and may not have seen the pause
      }
    }
    waiting.addLast(new WaitingUser(arrival, home.time()));
    serve();
  }

  /** On the loop of the relay that has ended. */
  private void hasRoom() {
    home.runOrExecute(
        () -> {
          if (!stopped && !admission.isFull()) {
            ingress.pause(false);
          }
        });
  }

  /** Gives those who wait, in their order, the connections that are ready. */
  private void serve() {
    while (!waiting.isEmpty() && desk.isConnected()) {
      ReadyPool.Taken taken = pool.take();
      if (taken == null) {
        break;
      }
      join(waiting.pollFirst(), taken);
    }
    expire();
    if (!waiting.isEmpty()) {
      home.schedule(serve, Math.min(LOOK_NANOS, pool.untilRipe()));
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
    desk.send(ControlLine.tcp(taken.id()));
    EventLoop loop = loops.forRelay(home);
    if (loop == home) {
      relay(user, taken.flow(), home);
    } else {
      taken.flow().leave();
      loop.execute(() -> relayElsewhere(user, taken.flow(), loop));
    }
  }

  private void relayElsewhere(WaitingUser user, Flow tunnel, EventLoop loop) {
    try {
      tunnel.join(loop);
    } catch (IOException e) {
      user.arrival().abort();
      lost(user, tunnel, e);
      return;
    }
    relay(user, tunnel, loop);
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

  @Override
  public CompletableFuture<Void> ready() {
    return ready;
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
  public Traffic traffic() {
    return traffic;
  }

  @Override
  public int running() {
    return admission.running();
  }

  @Override
  public void stop() {
    home.runOrExecute(
        () -> {
          stopped = true;
          home.cancel(serve);
          home.cancel(health);
          closeListeners();
          while (!waiting.isEmpty()) {
            turnAway(waiting.pollFirst(), "the server is shutting down");
          }
          pool.clear();
          desk.close();
        });
  }

  private void closeListeners() {
    for (Listener listener : new Listener[] {ingress, data, control}) {
      if (listener != null) {
        listener.close();
      }
    }
  }

  @Override
  public void abort() {
    book.abortAll("the server is shutting down");
  }

  /** What the desk tells of control channels. */
  private final class Clients implements ControlDesk.Owner {
    @Override
    public String greeting() {
      return ControlLine.greeting(data.address().getPort(), config.tls().code());
    }

    @Override
    public void connected(InetSocketAddress client, long roundTripNanos) {
      pool.hold(HOLD_NANOS + Math.min(roundTripNanos, MOST_ROUND_TRIP_NANOS));
      log.info("client connected: " + Addresses.text(client));
    }

    @Override
    public void lost(InetSocketAddress client, String reason) {
      clientLostAt = home.time();
      pool.clear();
      log.warn("control channel lost: client " + Addresses.text(client) + ": " + reason);
      serve();
    }
  }

  private void connectionDied(ReadyConnection connection, Throwable cause) {
    String reason = String.valueOf(cause.getMessage());
    log.debug("ready connection dropped: " + connection.id() + ": " + reason);
    if (reason.contains("timed out") || reason.contains("unreachable")) {
      // Nothing is in flight on a ready connection, so its keep-alive notices a dead peer long
      // before the control channel, which waits for its own retransmissions.
      desk.drop("a ready connection found it gone: " + reason);
    }
  }
}
