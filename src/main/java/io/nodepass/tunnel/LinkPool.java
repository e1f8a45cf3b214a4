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
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * The data connections of a client's session that are not in use: dials as many as {@link
 * PoolSizer} or the server asks for. One that carries frames comes back after its use; another is
 * dialled in its place only when fewer are ready than are wanted. For the home loop only.
 */
final class LinkPool implements LinkDial.Outcome {
  private static final long REVIEW = TimeUnit.SECONDS.toNanos(1);
  private static final long URGENT = TimeUnit.SECONDS.toNanos(10);

  private final TunnelContext context;
  private final EventLoop home;
  private final OpenSession session;
  private final InetSocketAddress address;
  private final TargetLauncher launcher;
  private final Notices notices;
  private final Watcher watcher;
  private final int max;
  private final PoolSizer sizer;
  private final DialPauses pauses;
  private final Set<Link> ready = new LinkedHashSet<>(); // the one that has been so longest first
  private final Set<LinkDial> dialling = new HashSet<>();
  private final Timer refill;
  private long number;
  private int urgent;
  private long urgentUntil;
  private boolean doubted;
  private boolean closed;

  /** Whoever has the session. */
  interface Watcher {
    /** Another one is ready. */
    void ready();

    /** Dialling fails, or is refused; it goes on after a growing pause. */
    void failing(String reason, long pauseNanos);

    /** The server does not know the session any more. */
    void unknown(String reason);
  }

  LinkPool(
      TunnelContext context,
      OpenSession session,
      TargetLauncher launcher,
      Notices notices,
      Watcher watcher) {
    Limits limits = context.config().limits();
    this.context = context;
    this.home = context.home();
    this.session = session;
    // What the control connection found, not the name: both must reach the same machine.
    this.address = (InetSocketAddress) session.control().flow().remote();
    this.launcher = launcher;
    this.notices = notices;
    this.watcher = watcher;
    this.max = limits.maxPool();
    this.sizer = new PoolSizer(limits.minPool(), max, home.time(), 0);
    this.pauses = new DialPauses(home.time());
    this.refill = new Timer(this::refill);
    this.urgentUntil = home.time();
  }

  /** Dials until there are as many as are wanted. */
  void refill() {
    if (closed) {
      return;
    }
    long now = home.time();
    long wait = pauses.left(now);
    home.schedule(refill, wait > 0 ? wait : REVIEW); // first: whatever is thrown below
    int most = pauses.growing() ? 1 : session.dialling().most();
    // A dial can fail before it returns, and begin a pause or end the session.
    while (!closed && dialling.size() < most && pauses.left(now) <= 0 && wantsMore(now)) {
      dialOne();
    }
  }

  private boolean wantsMore(long now) {
    int asked = urgentUntil - now > 0 ? urgent : 0;
    int wanted = Math.min(max, Math.max(asked, sizer.target(now)));
    return ready.size() + dialling.size() < wanted;
  }

  /** So many users wait at the server. */
  void more(int users) {
    long now = home.time();
    urgent = urgentUntil - now > 0 ? Math.max(urgent, users) : users;
    urgentUntil = now + URGENT;
    refill();
  }

  private void dialOne() {
    LinkDial dial = new LinkDial(home, session, () -> ++number, this);
    dialling.add(dial);
    dial.open(session.dialling().dialer(), address);
  }

  @Override
  public void ready(LinkDial dial, Flow flow, long nanos) {
    dialling.remove(dial);
    doubted = false;
    pauses.succeeded(home.time());
    sizer.observeDial(nanos);
    add(session.mode() == TlsMode.NONE ? new RawLink(flow, this) : new FramedLink(flow, this));
    if (context.log().on(Level.DEBUG)) {
      context.log().debug("data connection " + dial.number() + " is ready");
    }
    watcher.ready();
    refill();
  }

  private void add(Link link) {
    link.readyAt(home.time());
    ready.add(link);
    link.watch();
  }

  /** The flow that was on it is over, and it can carry another. */
  void returned(Link link) {
    if (closed) {
      link.end(new IOException("the session has ended"));
    } else {
      sizer.returned(home.time());
      add(link);
    }
  }

  @Override
  public void failed(LinkDial dial, String reason) {
    dialling.remove(dial);
    failing(reason);
    refill();
  }

  @Override
  public void refused(LinkDial dial, Refusal refusal) {
    dialling.remove(dial);
    String reason = RefusalText.of(refusal);
    boolean lost = refusal.is(Refusal.Code.SESSION);
    if (refusal.is(Refusal.Code.TOKEN)) {
      lost = doubted; // once, a token may have been on its way for too long
      doubted = true;
    }
    if (lost && ready.isEmpty()) {
      watcher.unknown("data connection: " + reason);
    } else {
      failing(reason);
      refill();
    }
  }

  private void failing(String reason) {
    long pause = pauses.failed(home.time());
    if (pause > 0) {
      watcher.failing(reason, pause);
    }
  }

  /** The server uses it for that flow. */
  void used(Link link, SessionSignal signal, Flow flow) {
    long now = home.time();
    // When one has been ready for long the server is not running out, whichever it takes.
    Iterator<Link> oldest = ready.iterator();
    long age = oldest.hasNext() ? now - oldest.next().since() : 0;
    ready.remove(link);
    link.used();
    urgent = Math.max(0, urgent - 1);
    sizer.used(now, age);
    if (context.log().on(Level.DEBUG)) {
      context
          .log()
          .debug(
              "data connection "
                  + Addresses.text(flow.remote())
                  + " is to be used as "
                  + signal.id()
                  + " for "
                  + signal.source());
    }
    refill();
  }

  /** It has ended without having been used, or after its use. */
  void gone(Link link, String reason) {
    if (ready.remove(link) && link.isUnwanted(home.time())) {
      failing("it was ended at once: " + reason);
    }
    refill();
  }

  /** The server uses it in a way that is not supported, or says what makes no sense. */
  void misused(Link link, String reason) {
    ready.remove(link);
    notices.refused("data connection from " + Addresses.text(address) + " ended: " + reason);
    if (link.isUnwanted(home.time())) {
      pauses.failed(home.time()); // one that does so with each of them is not to get all at once
    }
    refill();
  }

  EventLoop home() {
    return home;
  }

  TargetLauncher launcher() {
    return launcher;
  }

  void close() {
    closed = true;
    home.cancel(refill);
    IOException cause = new IOException("the session has ended");
    ready.forEach(link -> link.end(cause));
    dialling.forEach(dial -> dial.discard(cause));
    ready.clear();
    dialling.clear();
  }
}
