package io.nodepass.tunnel;

import io.nodepass.config.Dialect;
import io.nodepass.config.Endpoint;
import io.nodepass.config.TlsMode;
import io.nodepass.reactor.Timer;
import io.nodepass.transport.Addresses;
import io.nodepass.transport.Dialer;
import io.nodepass.transport.Flow;
import io.nodepass.transport.tls.CertificateProblem;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * A client: connects to its server, in whatever dialect both speak, and again after every failure,
 * for ever. What belongs to one control connection is in a {@link ControlStage}.
 *
 * <pre>
 *   dialling ─▶ Negotiation ─▶ LegacyClient ──────────────────lost──▶ resting ─▶ dialling …
 *                    └───────▶ ClientOpening ─▶ ClientSession ──┘
 * </pre>
 */
public final class ClientTunnel extends AbstractTunnel {
  private static final long DIAL_TIMEOUT = TimeUnit.SECONDS.toNanos(10);

  private final InetSocketAddress tunnel;
  private final InetSocketAddress target;
  private final Timer again;
  private final BackOff backOff;
  private final TargetLauncher launcher;
  private ClientSecurity security;
  private ClientIdentity identity;
  private ControlStage stage;
  private Dialer.Dial dial;

  public ClientTunnel(TunnelContext context) {
    super(context);
    this.tunnel = unresolved(config.tunnel());
    this.target = unresolved(config.target());
    this.again = new Timer(this::connect);
    this.backOff = new BackOff(config.limits().cooldown().toNanos());
    this.launcher = new TargetLauncher(context, target, admission, book, notices);
  }

  private static InetSocketAddress unresolved(Endpoint endpoint) {
    return InetSocketAddress.createUnresolved(endpoint.host(), endpoint.port());
  }

  @Override
  public void start() throws CertificateProblem {
    // Before the loop is asked to look at them.
    security = ClientSecurity.of(context);
    identity = new ClientIdentity(SharedKey.of(context));
    home.execute(this::connect);
    home.execute(this::beat);
  }

  private void connect() {
    if (isStopped()) {
      return;
    }
    dial = null;
    Dialer.Dial started = context.dialer().dial(home, tunnel, DIAL_TIMEOUT, new ControlDial());
    if (stage == null && !again.isScheduled()) {
      dial = started;
    }
  }

  /** How dialling the server's tunnel address ended. */
  private final class ControlDial implements Dialer.Callback {
    @Override
    public void connected(Flow flow) {
      dial = null;
      Negotiation negotiation = new Negotiation(home, flow, words(), notices, new Found());
      stage = negotiation;
      negotiation.start();
    }

    @Override
    public void failed(IOException cause) {
      dial = null;
      rest("cannot reach the server: " + cause.getMessage());
    }
  }

  private Negotiation.Words words() {
    if (config.dialect() == Dialect.LEGACY) {
      return Negotiation.Words.LEGACY_ONLY;
    }
    return config.dialect() == Dialect.SESSION || identity.hasKey()
        ? Negotiation.Words.SESSION_ONLY
        : Negotiation.Words.EITHER;
  }

  /** What a control connection turns out to be, and tells of itself. */
  private final class Found
      implements Negotiation.Events,
          LegacyClient.Events,
          ClientOpening.Events,
          ClientSession.Events {
    @Override
    public LegacyClient legacy(ControlChannel control, ControlLine greeting)
        throws ProtocolException {
      if (identity.hadSession()) {
        log.warn(
            "the server "
                + Addresses.text(tunnel)
                + " speaks the legacy dialect now and spoke the session dialect before");
      }
      LegacyClient legacy = new LegacyClient(context, security, control, launcher, notices, this);
      legacy.start(greeting);
      return legacy;
    }

    @Override
    public void session(ControlChannel control, SessionLine answer) throws ProtocolException {
      ClientOpening opening = new ClientOpening(context, security, identity, control, answer, this);
      stage = opening;
      opening.start();
    }

    @Override
    public void opened(OpenSession open) {
      ClientSession session = new ClientSession(context, security, open, launcher, notices, this);
      stage = session;
      session.start();
    }

    @Override
    public void ready(int dataPort, TlsMode mode) {
      tellReady(", data port " + dataPort, mode, "");
    }

    @Override
    public void ready(TlsMode mode) {
      tellReady("", mode, identity.key() == null ? ", session" : ", session, with a key");
    }

    @Override
    public void lost(String reason) {
      stage = null;
      rest("control channel lost: server " + Addresses.text(tunnel) + ": " + reason);
    }
  }

  private void tellReady(String port, TlsMode mode, String dialect) {
    log.info(
        "client ready: tunnel "
            + Addresses.text(tunnel)
            + port
            + ", tls="
            + mode.code()
            + ", target "
            + Addresses.text(target)
            + dialect);
    backOff.succeeded();
    ready.complete(null);
  }

  private void rest(String reason) {
    if (isStopped()) {
      return;
    }
    long pause = backOff.pause(ThreadLocalRandom.current().nextDouble());
    log.warn(reason + "; next attempt in " + Seconds.text(pause));
    home.schedule(again, pause);
  }

  @Override
  void hasRoom() {
    launcher.hasRoom();
  }

  /** In the legacy dialect a client says nothing; a session has a beat of its own. */
  @Override
  void sendHealth() {}

  @Override
  public InetSocketAddress address() {
    return target;
  }

  @Override
  public InetSocketAddress tunnelAddress() {
    return tunnel;
  }

  @Override
  public void join() {}

  @Override
  void end() {
    home.cancel(again);
    if (dial != null) {
      dial.cancel();
    }
    if (stage != null) {
      stage.close();
      stage = null;
    }
    launcher.launchAll();
  }
}
