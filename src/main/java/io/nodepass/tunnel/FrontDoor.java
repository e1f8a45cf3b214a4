package io.nodepass.tunnel;

import io.nodepass.config.Dialect;
import io.nodepass.config.TlsMode;
import io.nodepass.reactor.EventLoop;
import io.nodepass.transport.Addresses;
import io.nodepass.transport.Arrival;
import io.nodepass.transport.Flow;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;

/**
 * The tunnel port of a server that speaks the session dialect: tells by the first bytes of each
 * connection what it is, and passes it on. See docs/protocol.md, "One port". For the home loop
 * only.
 */
final class FrontDoor implements Newcomer.Door {
  static final long GRACE_NANOS = TimeUnit.MILLISECONDS.toNanos(300);
  static final long SESSION_GRACE_NANOS = TimeUnit.SECONDS.toNanos(3);

  private final SessionTerms terms;
  private final EventLoop home;
  private final LegacySupply legacy;
  private final Sessions sessions;
  private final Notices notices;
  private final boolean greets;
  private final Unplaced unplaced;
  private boolean closed;

  /** Opened together with what it passes its connections to. */
  FrontDoor(SessionTerms terms, LegacySupply legacy, Sessions sessions, Notices notices) {
    this.terms = terms;
    this.home = terms.context().home();
    this.legacy = legacy;
    this.sessions = sessions;
    this.notices = notices;
    this.unplaced = new Unplaced(terms.context().config().unproven());
    this.greets = terms.context().config().dialect() == Dialect.AUTO && !terms.hasKey();
  }

  /** A connection to the tunnel port. */
  void arrived(Arrival arrival) {
    InetSocketAddress remote = arrival.remote();
    Flow flow;
    try {
      flow = arrival.bind(home);
    } catch (IOException e) {
      notices.refused("connection from " + Addresses.text(remote) + " failed: " + e.getMessage());
      return;
    }
    Newcomer newcomer = new Newcomer(flow, remote, null, this);
    unplaced.enter(newcomer);
    if (!greets) {
      newcomer.begin(Newcomer.LINE_NANOS);
    } else if (sessions.has(remote.getAddress())) {
      newcomer.begin(SESSION_GRACE_NANOS);
    } else {
      newcomer.begin(GRACE_NANOS);
    }
  }

  @Override
  public long silent(Newcomer newcomer) {
    if (newcomer.isInTls()) {
      newcomer.refuse(new Refusal(Refusal.Code.LATE, "the first line took too long"));
      return 0;
    }
    if (!greets) {
      newcomer.refuse(
          terms.hasKey()
              ? new Refusal(
                  Refusal.Code.KEY_MISSING,
                  "this server has a key, and a client that says nothing at first has none")
              : new Refusal(
                  Refusal.Code.LEGACY,
                  "this server speaks the session dialect only (proto=session)"));
      return 0;
    }
    long more = SESSION_GRACE_NANOS - newcomer.age();
    if (more > 0 && sessions.has(newcomer.remote().getAddress())) {
      return more;
    }
    unplaced.leave(newcomer);
    newcomer.letGo();
    legacy.adopt(newcomer.flow(), newcomer.remote());
    return 0;
  }

  @Override
  public void hello(Newcomer newcomer, String line) {
    unplaced.leave(newcomer);
    hello(newcomer.flow(), newcomer.remote(), line);
  }

  /** Goes on with a connection that has said hello. */
  void hello(Flow flow, InetSocketAddress remote, String line) {
    new ServerOpening(terms, sessions, unplaced, notices, flow, remote).begin(line);
  }

  @Override
  public void data(Newcomer newcomer, String line) {
    try {
      if (!newcomer.isInTls() && terms.mode() != TlsMode.NONE) {
        throw new Refusal(
            Refusal.Code.MALFORMED, "data connections are in TLS here, and this one is not");
      }
      byte[] bind = newcomer.isInTls() ? newcomer.bind() : SessionKeys.noCertificate();
      sessions.data(newcomer.flow(), newcomer.remote(), bind, line);
      unplaced.leave(newcomer);
    } catch (IOException e) {
      newcomer.failed(e);
    }
  }

  @Override
  public void tls(Newcomer newcomer, ByteBuffer first) {
    if (terms.mode() == TlsMode.NONE) {
      newcomer.refuse(
          new Refusal(Refusal.Code.MALFORMED, "TLS is not used here (tls=0), and this is TLS"));
      return;
    }
    unplaced.leave(newcomer);
    InetSocketAddress remote = newcomer.remote();
    terms
        .security()
        .secure(
            newcomer.flow(), remote.getAddress(), first, /* greeted= */ false, new InTls(remote));
  }

  /** What becomes of a data connection in TLS: one that is new again. */
  private final class InTls implements ServerSecurity.Outcome {
    private final InetSocketAddress remote;

    InTls(InetSocketAddress remote) {
      this.remote = remote;
    }

    @Override
    public void secured(Flow flow, byte[] bind) {
      Newcomer newcomer = new Newcomer(flow, remote, bind, FrontDoor.this);
      unplaced.enter(newcomer);
      newcomer.begin(Newcomer.LINE_NANOS);
    }

    @Override
    public void refused(String reason) {
      notices.refused("data connection refused: " + reason);
    }

    @Override
    public void ended(String reason) {
      terms.context().log().debug("data connection ended before it was ready: " + reason);
    }
  }

  @Override
  public void refused(Newcomer newcomer, ByteBuffer last, String reason) {
    unplaced.leave(newcomer);
    unplaced.turnAway(newcomer.flow(), newcomer.network(), last);
    notices.refused("connection from " + newcomer + " refused: " + reason);
  }

  @Override
  public void gone(Newcomer newcomer, String reason) {
    unplaced.leave(newcomer);
    String line = "connection from " + newcomer + " closed: " + reason;
    if (closed || newcomer.isInTls()) {
      terms.context().log().debug(line);
    } else {
      notices.refused(line);
    }
  }

  /**
   * Closes half of those that have not been passed on, when they are many.
   *
   * @return whether they were
   */
  boolean shed() {
    return unplaced.shed();
  }

  /** Closes all that have not been passed on. */
  void close() {
    closed = true;
    unplaced.clear("the server is shutting down");
  }
}
