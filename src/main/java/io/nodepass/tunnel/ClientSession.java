package io.nodepass.tunnel;

import io.nodepass.config.TlsMode;
import io.nodepass.reactor.EventLoop;
import io.nodepass.reactor.Timer;

/**
 * A client's session, from its opening on: the lines of its control channel, the signs of life, and
 * the pool that goes with it. For the home loop only. Ends once; connections in use outlive it.
 */
final class ClientSession implements ControlStage, ControlChannel.Listener, LinkPool.Watcher {
  private static final int BEATS = 3;
  private static final int MOST_WANTED = 1 << 20;

  private final EventLoop loop;
  private final OpenSession session;
  private final ControlChannel control;
  private final ClientSecurity security;
  private final Notices notices;
  private final Events events;
  private final LinkPool pool;
  private final Timer beat;
  private final Timer loss;
  private long heard;
  private boolean announced;
  private boolean over;

  /** Whoever rebuilds it. */
  interface Events {
    /** The first data connection is ready: users can come. */
    void ready(TlsMode mode);

    void lost(String reason);
  }

  ClientSession(
      TunnelContext context,
      ClientSecurity security,
      OpenSession session,
      TargetLauncher launcher,
      Notices notices,
      Events events) {
    this.loop = context.home();
    this.session = session;
    this.control = session.control();
    this.security = security;
    this.notices = notices;
    this.events = events;
    this.pool = new LinkPool(context, session, launcher, notices, this);
    this.beat = new Timer(this::beat);
    this.loss = new Timer(this::look);
  }

  void start() {
    control.hand(this);
    heard = loop.time();
    if (session.beatNanos() > 0) {
      loop.schedule(beat, session.beatNanos());
      loop.schedule(loss, BEATS * session.beatNanos());
    }
    pool.refill();
  }

  @Override
  public void line(String raw) throws ProtocolException {
    heard = loop.time();
    SessionLine line = SessionLine.parse(raw);
    if (line.is("more")) {
      pool.more((int) line.number("n", 1, MOST_WANTED));
    } else if (line.is("refused")) {
      throw new ProtocolException(RefusalText.of(Refusal.from(line)));
    }
  }

  private void beat() {
    loop.schedule(beat, session.beatNanos());
    control.send("\n");
  }

  private void look() {
    if (silentFor() <= 0) {
      loop.schedule(loss, -silentFor());
    } else {
      // When this process has slept, what came meanwhile is still to be read.
      loop.execute(this::believe);
    }
  }

  private void believe() {
    if (over) {
      return;
    }
    if (silentFor() <= 0) {
      look();
      return;
    }
    control.failed(
        control.flow(),
        new ProtocolException("no sign of life for " + Seconds.text(loop.time() - heard)));
  }

  /** For how much longer than it may. */
  private long silentFor() {
    return loop.time() - heard - BEATS * session.beatNanos();
  }

  @Override
  public void ready() {
    if (!announced) {
      announced = true;
      security.proven(session.mode());
      events.ready(session.mode());
    }
  }

  @Override
  public void failing(String reason, long pauseNanos) {
    notices.failed(
        "data connection failed: " + reason + "; next attempt in " + Seconds.text(pauseNanos));
  }

  @Override
  public void unknown(String reason) {
    control.failed(control.flow(), new ProtocolException(reason));
  }

  @Override
  public void lost(String reason) {
    release();
    events.lost(reason);
  }

  @Override
  public void close() {
    control.close();
    release();
  }

  private void release() {
    over = true;
    loop.cancel(beat);
    loop.cancel(loss);
    pool.close();
  }
}
