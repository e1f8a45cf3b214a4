package io.nodepass.tunnel;

import io.nodepass.config.Limits;
import io.nodepass.config.TlsMode;
import io.nodepass.config.TunnelConfig;
import io.nodepass.reactor.EventLoop;
import io.nodepass.reactor.Timer;
import io.nodepass.transport.Dialer;
import io.nodepass.transport.Flow;
import io.nodepass.transport.tls.TlsFlow;
import io.nodepass.transport.tls.TlsHandshake;
import java.io.IOException;
import java.util.concurrent.TimeUnit;

/**
 * A client's opening of a session, from the server's answer to its proof.
 *
 * <pre>
 *   answer ─▶ (TLS) ─▶ //open sent ─▶ //challenge: //proof sent ─▶ //session ─▶ //proof: open
 * </pre>
 *
 * For the home loop only.
 */
final class ClientOpening implements ControlStage, ControlChannel.Listener {
  private static final long LIMIT = TimeUnit.SECONDS.toNanos(10);
  private static final int ID_SIZE = 16;

  /** Milliseconds; what is longer means nothing different, and cannot be reckoned with. */
  private static final long LONGEST_BEAT = 1L << 40;

  private static final int SHORTEST_BEAT = 100;

  private final TunnelConfig config;
  private final EventLoop loop;
  private final ClientSecurity security;
  private final ClientIdentity identity;
  private final SessionLine answer;
  private final TlsMode mode;
  private final Events events;
  private final Timer limit;
  private ControlChannel control;
  private ClientSecurity.Dialling dialling;
  private Dialer.Dial handshake;
  private SessionKeys keys;
  private Step step = Step.SECURING;
  private SessionLine session;
  private byte[] expected;
  private byte[] secret;
  private boolean over;

  private enum Step {
    SECURING,
    CHALLENGE,
    SESSION,
    PROOF
  }

  /** How it ended; one of the two is called once. */
  interface Events {
    /** The control channel of the session is for whoever takes it over from now on. */
    void opened(OpenSession session);

    void lost(String reason);
  }

  /**
   * Prepares it.
   *
   * @param control on which the answer came, and on which nothing else is to come
   * @throws ProtocolException when the answer makes no sense, or says less than is accepted
   */
  ClientOpening(
      TunnelContext context,
      ClientSecurity security,
      ClientIdentity identity,
      ControlChannel control,
      SessionLine answer,
      Events events)
      throws ProtocolException {
    this.config = context.config();
    this.loop = context.home();
    this.security = security;
    this.identity = identity;
    this.control = control;
    this.answer = answer;
    this.mode = ControlLine.parse(answer.raw()).tlsMode();
    this.events = events;
    this.limit = new Timer(this::late);
    security.check(mode);
  }

  void start() {
    loop.schedule(limit, LIMIT);
    control.hand(this);
    security.prepare(
        mode,
        ClientSecurity.MOST_SESSION_DIALS,
        new ClientSecurity.Outcome() {
          @Override
          public void prepared(ClientSecurity.Dialling found) {
            if (!over) {
              dialling = found;
              secure();
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

  private void secure() {
    if (dialling.tls() == null) {
      open();
      return;
    }
    Flow flow = control.flow();
    try {
      control.release();
    } catch (ProtocolException e) {
      control.failed(flow, e);
      return;
    }
    Dialer.Dial begun = dialling.tls().secure(flow, LIMIT, new Handshake());
    if (!over && step == Step.SECURING) {
      handshake = begun;
    }
  }

  private final class Handshake implements TlsHandshake.Callback {
    @Override
    public void connected(TlsFlow flow) {
      handshake = null;
      control = new ControlChannel(flow, ClientOpening.this);
      control.open();
      open();
    }

    @Override
    public void failed(IOException cause) {
      handshake = null;
      lost(String.valueOf(cause.getMessage()));
    }
  }

  private void open() {
    step = Step.CHALLENGE;
    keys = new SessionKeys(identity.key(), Binding.of(control.flow()));
    keys.add(Negotiation.HELLO);
    keys.add(answer);
    byte[] nonce = ClientIdentity.random(SessionKeys.SIZE);
    Limits limits = config.limits();
    SessionLine.Draft open =
        SessionLine.of("open")
            .with("client", Hex.of(identity.id()))
            .with("nonce", Hex.of(nonce))
            .with("auth", identity.hasKey() ? "key" : "none")
            .with("min", limits.minPool())
            .with("max", limits.maxPool())
            .with("flow", "reverse")
            .with("carry", "tcp");
    if (!config.name().isEmpty()) {
      open.with("name", config.name());
    }
    if (identity.hadSession()) {
      open.with("resume", identity.resumption(nonce));
    }
    say(open.build());
  }

  private void say(SessionLine line) {
    keys.add(line);
    control.send(line.raw());
  }

  @Override
  public void line(String raw) throws ProtocolException {
    if (step == Step.SECURING) {
      throw new ProtocolException("spoke before TLS had begun");
    }
    SessionLine line = SessionLine.parse(raw);
    if (line.is("refused")) {
      throw new ProtocolException(RefusalText.of(Refusal.from(line)));
    }
    switch (step) {
      case CHALLENGE -> challenged(expect(line, "challenge"));
      case SESSION -> given(expect(line, "session"));
      default -> proven(expect(line, "proof"));
    }
  }

  private static SessionLine expect(SessionLine line, String what) throws ProtocolException {
    if (!line.is(what)) {
      throw new ProtocolException("said //" + line.what() + " where //" + what + " belongs");
    }
    return line;
  }

  private void challenged(SessionLine line) throws ProtocolException {
    line.hex("nonce", SessionKeys.SIZE);
    String auth = line.get("auth");
    if (identity.hasKey() && !auth.equals("key")) {
      throw new ProtocolException(
          "the server has no key and this client has one: give the server the same key;"
              + " if it has it, somebody is in the middle");
    } else if (!identity.hasKey() && !auth.equals("none")) {
      throw new ProtocolException("the server wants a key: give this client the same key");
    }
    keys.add(line);
    SessionLine.Draft proof = SessionLine.of("proof");
    if (identity.hasKey()) {
      proof.with("mac", Hex.of(keys.clientProof()));
    }
    step = Step.SESSION;
    say(proof.build());
  }

  private void given(SessionLine line) throws ProtocolException {
    line.hex("id", ID_SIZE);
    line.hex("secret", SessionKeys.SIZE);
    beat(line);
    keys.add(line);
    session = line;
    expected = keys.serverProof();
    secret = keys.secret();
    step = Step.PROOF;
  }

  /** Milliseconds; 0 is none. */
  private static long beat(SessionLine line) throws ProtocolException {
    long beat = line.number("beat", 0, LONGEST_BEAT);
    if (beat > 0 && beat < SHORTEST_BEAT) {
      throw new ProtocolException(
          "wants signs of life more often than every " + SHORTEST_BEAT + " ms");
    }
    return beat;
  }

  private void proven(SessionLine line) throws ProtocolException {
    if (identity.hasKey() && !SessionKeys.same(expected, line.hex("mac", SessionKeys.SIZE))) {
      throw new ProtocolException(
          "the server cannot prove the key: the keys differ, or somebody is in the middle");
    }
    release();
    identity.opened(session.get("id"), secret);
    events.opened(
        new OpenSession(
            control,
            session.get("id"),
            secret,
            TimeUnit.MILLISECONDS.toNanos(beat(session)),
            mode,
            dialling));
  }

  private void late() {
    String reason = "no session within " + Seconds.text(LIMIT);
    if (handshake == null) {
      control.failed(control.flow(), new ProtocolException(reason));
    } else {
      handshake.cancel();
      lost(reason);
    }
  }

  @Override
  public void lost(String reason) {
    release();
    events.lost(reason);
  }

  private void release() {
    over = true;
    handshake = null;
    loop.cancel(limit);
  }

  @Override
  public void close() {
    if (handshake != null) {
      handshake.cancel();
    }
    control.close();
    release();
  }
}
