package io.nodepass.tunnel;

import io.nodepass.config.TlsMode;

/**
 * A client's session, from its opening on: the lines of its control channel, the signs of life, and
 * the pool that goes with it. For the home loop only. Ends once; connections in use outlive it.
 */
final class ClientSession implements ControlStage, ControlChannel.Listener, LinkPool.Watcher {
  private static final int MOST_WANTED = 1 << 20;

  private final OpenSession session;
  private final ControlChannel control;
  private final ClientSecurity security;
  private final Notices notices;
  private final Events events;
  private final LinkPool pool;
  private final SignsOfLife life;
  private boolean announced;

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
    this.session = session;
    this.control = session.control();
    this.security = security;
    this.notices = notices;
    this.events = events;
    this.pool = new LinkPool(context, session, launcher, notices, this);
    this.life = new SignsOfLife(control, this::silent);
  }

  void start() {
    control.hand(this);
    life.start(session.beatNanos());
    pool.refill();
  }

  @Override
  public void line(String raw) throws ProtocolException {
    life.heard();
    SessionLine line = SessionLine.parse(raw);
    if (line.is("more")) {
      pool.more((int) line.number("n", 1, MOST_WANTED));
    } else if (line.is("refused")) {
      throw new ProtocolException(RefusalText.of(Refusal.from(line)));
    }
  }

  private void silent(String reason) {
    control.failed(control.flow(), new ProtocolException(reason));
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
    life.stop();
    pool.close();
  }
}
