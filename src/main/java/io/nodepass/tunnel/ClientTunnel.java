package io.nodepass.tunnel;

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
 * The client in the legacy dialect: connects to the server, and again after every failure, for
 * ever. What belongs to one control connection is in {@link LegacyClient}.
 *
 * <pre>
 *   dialling ─▶ connected ─▶ greeted ──lost──▶ resting (cooldown) ─▶ dialling …
 * </pre>
 */
public final class ClientTunnel extends AbstractTunnel {
  private static final long DIAL_TIMEOUT = TimeUnit.SECONDS.toNanos(10);
  private static final long FIRST_COOLDOWN = TimeUnit.MILLISECONDS.toNanos(250);
  private static final long LEAST_COOLDOWN = TimeUnit.MILLISECONDS.toNanos(100);

  private final InetSocketAddress tunnel;
  private final InetSocketAddress target;
  private final Timer again;
  private int fruitless;
  private ClientSecurity security;
  private LegacyClient session;
  private Dialer.Dial dial;

  public ClientTunnel(TunnelContext context) {
    super(context);
    this.tunnel = unresolved(config.tunnel());
    this.target = unresolved(config.target());
    this.again = new Timer(this::connect);
  }

  private static InetSocketAddress unresolved(Endpoint endpoint) {
    return InetSocketAddress.createUnresolved(endpoint.host(), endpoint.port());
  }

  @Override
  public void start() throws CertificateProblem {
    security = ClientSecurity.of(context); // before the loop is asked to look at it
    home.execute(this::connect);
    home.execute(this::beat);
  }

  private void connect() {
    if (isStopped()) {
      return;
    }
    dial = null;
    Dialer.Dial started = context.dialer().dial(home, tunnel, DIAL_TIMEOUT, new ControlDial());
    if (session == null && !again.isScheduled()) {
      dial = started;
    }
  }

  /** How dialling the server's tunnel address ended. */
  private final class ControlDial implements Dialer.Callback {
    @Override
    public void connected(Flow flow) {
      dial = null;
      session =
          new LegacyClient(
              context, security, flow, target, admission, book, notices, new SessionEvents());
      session.start();
    }

    @Override
    public void failed(IOException cause) {
      dial = null;
      rest("cannot reach the server: " + cause.getMessage());
    }
  }

  /** What a control connection tells of itself. */
  private final class SessionEvents implements LegacyClient.Events {
    @Override
    public void ready(int dataPort, TlsMode mode) {
      log.info(
          "client ready: tunnel "
              + Addresses.text(tunnel)
              + ", data port "
              + dataPort
              + ", tls="
              + mode.code()
              + ", target "
              + Addresses.text(target));
      ready.complete(null);
    }

    @Override
    public void lost(String reason) {
      session = null;
      rest("control channel lost: server " + Addresses.text(tunnel) + ": " + reason);
    }
  }

  private void rest(String reason) {
    if (isStopped()) {
      return;
    }
    long cooldown = Math.max(LEAST_COOLDOWN, config.limits().cooldown().toNanos());
    if (!ready.isDone()) {
      // Both ends are often started together: a server that is only a moment late is found soon.
      cooldown = Math.min(cooldown, FIRST_COOLDOWN << Math.min(fruitless++, 10));
    }
    // ±20 %, so that many clients of one server do not all come back in the same moment.
    long pause = (long) (cooldown * (0.8 + 0.4 * ThreadLocalRandom.current().nextDouble()));
    log.warn(reason + "; next attempt in " + Seconds.text(pause));
    home.schedule(again, pause);
  }

  @Override
  void hasRoom() {
    if (session != null) {
      session.hasRoom();
    }
  }

  /** A client says nothing on its control channel in this dialect. */
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
    if (session != null) {
      session.close();
      session = null;
    }
  }
}
