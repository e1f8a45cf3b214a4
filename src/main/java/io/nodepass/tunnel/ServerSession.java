package io.nodepass.tunnel;

import io.nodepass.reactor.EventLoop;
import io.nodepass.reactor.Timer;
import io.nodepass.transport.Addresses;
import io.nodepass.transport.Flow;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One session of a server with a client: its control channel with the signs of life, and the
 * connections that are ready. The one that was used last is used next, so that those which nobody
 * needs grow old. For the home loop only.
 */
final class ServerSession implements ControlChannel.Listener, SessionConnection.Owner {
  /** A ready connection that nobody has used for so long may be closed. */
  static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(60);

  private final String id;
  private final byte[] secret;
  private final ControlChannel channel;
  private final InetSocketAddress remote;
  private final long leastReady;
  private final Owner owner;
  private final EventLoop home;
  private final UsedNumbers numbers = new UsedNumbers();
  private final ArrayDeque<SessionConnection> ready = new ArrayDeque<>();
  private final AtomicInteger users = new AtomicInteger();
  private final SignsOfLife life;
  private final Timer idle = new Timer(this::closeIdle);
  private boolean over;

  /** Whoever has the session. */
  interface Owner {
    /** Its control channel has failed; it is closed. */
    void lost(ServerSession session, String reason);

    /** A connection is ready again. */
    void stocked();

    /** One that was ready is not any more. */
    void died(ServerSession session, String reason);
  }

  /**
   * Not begun.
   *
   * @param secret what its data connections prove themselves by
   * @param open the client's {@code //open} line, which was looked at
   */
  ServerSession(
      String id,
      byte[] secret,
      ControlChannel channel,
      InetSocketAddress remote,
      SessionLine open,
      Owner owner)
      throws ProtocolException {
    this.id = id;
    this.secret = secret;
    this.channel = channel;
    this.remote = remote;
    this.leastReady = open.number("min", 0, Integer.MAX_VALUE);
    this.owner = owner;
    this.home = channel.flow().loop();
    this.life = new SignsOfLife(channel, this::silent);
  }

  /** Takes the control channel over; {@code beatMillis} as it was announced. */
  void begin(long beatMillis) {
    channel.hand(this);
    life.start(TimeUnit.MILLISECONDS.toNanos(beatMillis));
  }

  String id() {
    return id;
  }

  byte[] secret() {
    return secret;
  }

  InetSocketAddress remote() {
    return remote;
  }

  /** Which data connections there have been. */
  UsedNumbers numbers() {
    return numbers;
  }

  /** How many are ready. */
  int size() {
    return ready.size();
  }

  /** How many users have a connection of it. */
  int users() {
    return users.get();
  }

  private void silent(String reason) {
    channel.close();
    lost(reason);
  }

  @Override
  public void line(String text) throws ProtocolException {
    life.heard();
    SessionLine.parse(text); // there is none yet that asks for anything
  }

  @Override
  public String lastWord(ProtocolException cause) {
    return new Refusal(Refusal.Code.MALFORMED, cause.getMessage()).line().raw();
  }

  @Override
  public void lost(String reason) {
    if (!over) {
      finish();
      owner.lost(this, reason);
    }
  }

  /** Ends it; the client is told so when there is something to say, and the owner is not. */
  void end(Refusal why) {
    finish();
    if (why == null) {
      channel.close();
    } else {
      channel.end(why.line().raw());
    }
  }

  private void finish() {
    over = true;
    life.stop();
    home.cancel(idle);
    ready.forEach(SessionConnection::discard);
    ready.clear();
  }

  /** Tells the client that so many users wait. */
  void wanted(int users) {
    channel.send(SessionLine.of("more").with("n", users).build().raw());
  }

  /** Takes a connection for a user, and has signalled it; null when none is ready. */
  Supply.Given take(InetSocketAddress user) {
    while (!ready.isEmpty()) {
      String name = ReadyPool.hex(ThreadLocalRandom.current().nextInt());
      Flow flow =
          ready
              .pollLast()
              .use(SessionLine.of(name).with("src", Addresses.text(user)).build(ControlLine.TCP));
      if (flow != null) {
        users.incrementAndGet();
        return new Supply.Given(flow, users::decrementAndGet);
      }
    }
    return null;
  }

  @Override
  public void ready(SessionConnection connection) {
    if (over) {
      connection.discard();
      return;
    }
    connection.rest(home.time());
    ready.addLast(connection);
    if (!idle.isScheduled()) {
      home.schedule(idle, IDLE_NANOS);
    }
    owner.stocked();
  }

  @Override
  public void died(SessionConnection connection, String reason) {
    ready.remove(connection);
    owner.died(this, reason);
  }

  /** Those that have rested longest stand first. */
  private void closeIdle() {
    long now = home.time();
    while (ready.size() > leastReady && now - ready.peekFirst().restsSince() >= IDLE_NANOS) {
      ready.pollFirst().discard();
    }
    if (!ready.isEmpty()) {
      long left = ready.peekFirst().restsSince() + IDLE_NANOS - now;
      home.schedule(idle, left > 0 ? left : IDLE_NANOS);
    }
  }

  /** Closes the older half of what is ready, at least one if there is one. */
  void shed() {
    for (int left = (ready.size() + 1) / 2; left > 0; left--) {
      ready.pollFirst().discard();
    }
  }

  /** Takes a data connection that has been answered. */
  void add(Flow flow, boolean framed) {
    (framed ? new ReusedConnection(flow, this) : new RawConnection(flow, this)).begin();
  }

  @Override
  public String toString() {
    return Addresses.text(remote);
  }
}
