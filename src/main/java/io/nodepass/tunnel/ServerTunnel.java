package io.nodepass.tunnel;

import io.nodepass.config.Dialect;
import io.nodepass.config.Endpoint;
import io.nodepass.transport.Addresses;
import io.nodepass.transport.Arrival;
import io.nodepass.transport.Listener;
import io.nodepass.transport.tcp.TcpListener;
import io.nodepass.transport.tls.CertificateProblem;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.security.SecureRandom;
import java.util.concurrent.TimeUnit;

/**
 * The server: users enter here and leave at the client's target. Connections to its tunnel port are
 * told apart by the {@link FrontDoor}; clients of the session dialect are served by {@link
 * Sessions}, and while there is none of them, one of the legacy dialect by {@link LegacySupply}.
 *
 * <p>All state belongs to the home loop.
 */
public final class ServerTunnel extends AbstractTunnel {
  /** A client may keep more ready connections than this server would: up to the usual maximum. */
  static final int LEAST_POOL_BOUND = 1024;

  private final PendingUsers pending;
  private final Stock stock = new Stock();
  private ServerSecurity security;
  private LegacySupply legacy;
  private Sessions sessions;
  private FrontDoor door;
  private int shedTo = Integer.MAX_VALUE;
  private long shedAt;
  private Listener control;
  private Listener ingress;

  public ServerTunnel(TunnelContext context) {
    super(context);
    this.shedAt = home.time();
    this.pending = new PendingUsers(home, context.loops(), stock, book, notices);
  }

  @Override
  public void start() throws IOException, CertificateProblem {
    InetSocketAddress tunnel = resolve("tunnel", config.tunnel());
    InetSocketAddress target = resolve("target", config.target());
    byte[] key = SharedKey.of(context);
    SecureRandom random = new SecureRandom();
    random.nextInt(); // what it loads takes long; the loop is not to wait for it
    ServerSecurity secure = ServerSecurity.of(context);
    String[] dataPort = {""};
    HomeCall.run(home, () -> dataPort[0] = open(tunnel, target, secure, key, random));
    log.info(
        "server ready: tunnel "
            + Addresses.text(control.address())
            + ", ingress "
            + Addresses.text(ingress.address())
            + dataPort[0]
            + ", tls="
            + config.tls().mode().code()
            + secure.description()
            + (key == null ? "" : ", with a key"));
    ready.complete(null);
  }

  /** What the log is to say of the data port. */
  private String open(
      InetSocketAddress tunnel,
      InetSocketAddress target,
      ServerSecurity secure,
      byte[] key,
      SecureRandom random)
      throws IOException {
    security = secure;
    String dataPort = "";
    try {
      control = listen("tunnel", tunnel, new TunnelPortEvents());
      // Before the data port, which can be any other one.
      ingress = listen("target", target, new IngressEvents());
      SessionTerms terms =
          new SessionTerms(context, key, control.address().getPort(), secure, random);
      sessions = new Sessions(terms, stock, notices);
      legacy =
          new LegacySupply(
              context,
              tunnel.getAddress(),
              secure,
              notices,
              stock,
              (flow, remote, line) -> door.hello(flow, remote, line));
      if (config.dialect() == Dialect.LEGACY) {
        dataPort = ", data port " + legacy.openDataPort();
      } else {
        door = new FrontDoor(terms, legacy, sessions, notices);
      }
    } catch (IOException e) {
      closeListeners();
      security.close();
      throw e;
    }
    beat();
    return dataPort;
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

  /** What happens at the tunnel port. */
  private final class TunnelPortEvents implements Listener.Acceptor {
    @Override
    public void accepted(Arrival arrival) {
      if (door == null) {
        legacy.arrived(arrival);
      } else {
        door.arrived(arrival);
      }
    }

    /** A client that cannot get in is worse than users who wait for it in vain. */
    @Override
    public void failed() {
      if (!strangersMakeRoom()) {
        pending.turnHalfAway("no descriptor is left for a client");
        stock.shed();
      }
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
      if (!strangersMakeRoom()) {
        stock.shed();
        shedTo = stock.size();
        shedAt = home.time();
      }
    }
  }

  /** Descriptors that a crowd of strangers has taken are not for users and clients to give up. */
  private boolean strangersMakeRoom() {
    return door != null && door.shed();
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
    legacy.sendHealth();
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
    pending.close("the server is shutting down");
    if (door != null) {
      door.close();
    }
    if (security != null) {
      security.close();
    }
    if (sessions != null) {
      sessions.close();
    }
    if (legacy != null) {
      legacy.close();
    }
  }

  @Override
  public void join() {
    if (security != null) {
      security.join();
    }
  }

  private void closeListeners() {
    for (Listener listener : new Listener[] {ingress, control}) {
      if (listener != null) {
        listener.close();
      }
    }
  }

  /** What is ready for users: of sessions, or when there is none, of a legacy client. */
  private final class Stock implements Supply, Supply.Owner {
    int size() {
      return legacy.size() + sessions.size();
    }

    void shed() {
      legacy.shed();
      sessions.shed();
    }

    private Supply supply() {
      return sessions.isConnected() ? sessions : legacy;
    }

    @Override
    public boolean isConnected() {
      return supply().isConnected();
    }

    @Override
    public Given take(SocketAddress user) {
      return supply().take(user);
    }

    @Override
    public long untilRipe() {
      return supply().untilRipe();
    }

    @Override
    public void wanted(int waiting) {
      supply().wanted(waiting);
    }

    @Override
    public boolean isFull(int coming) {
      return size() + coming >= mostReady();
    }

    @Override
    public int share(int sessions) {
      return Math.max(1, mostReady() / sessions);
    }

    @Override
    public void stocked() {
      pending.serve();
    }

    @Override
    public boolean hasClientElsewhere(InetAddress ip) {
      return sessions.hasElsewhere(ip) || legacy.hasElsewhere(ip);
    }

    @Override
    public void clientLost() {
      pending.clientLost();
      pending.serve();
    }

    @Override
    public void outOfDescriptors() {
      if (!strangersMakeRoom()) {
        pending.turnHalfAway("no descriptor is left for its data connection");
      }
    }
  }
}
