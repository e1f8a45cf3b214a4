package io.nodepass.tunnel;

import io.nodepass.config.Endpoint;
import io.nodepass.config.TunnelConfig;
import io.nodepass.reactor.EventLoop;
import io.nodepass.reactor.Timer;
import io.nodepass.telemetry.Log;
import io.nodepass.telemetry.Traffic;
import io.nodepass.transport.Addresses;
import io.nodepass.transport.Dialer;
import io.nodepass.transport.Flow;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
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
public final class ClientTunnel implements Tunnel {
  private static final long DIAL_TIMEOUT = TimeUnit.SECONDS.toNanos(10);
  private static final long LEAST_COOLDOWN = TimeUnit.MILLISECONDS.toNanos(100);

  private final TunnelConfig config;
  private final TunnelContext context;
  private final EventLoop home;
  private final Log log;
  private final Traffic traffic = new Traffic();
  private final Totals totals;
  private final Notices notices;
  private final Admission admission;
  private final RelayBook book;
  private final InetSocketAddress tunnel;
  private final InetSocketAddress target;
  private final Timer again;
  private final Timer report;
  private final CompletableFuture<Void> ready = new CompletableFuture<>();
  private LegacyClient session;
  private Dialer.Dial dial;
  private boolean stopped;

  public ClientTunnel(TunnelContext context) {
    this.context = context;
    this.config = context.config();
    this.home = context.home();
    this.log = context.log();
    this.notices = new Notices(log, home::time);
    this.admission = new Admission(config.limits().semaphore(), this::hasRoom);
    this.book =
        new RelayBook(context.loops().all(), context.relayLimits(), admission, notices, traffic);
    this.totals = new Totals(traffic, log);
    this.tunnel = unresolved(config.tunnel());
    this.target = unresolved(config.target());
    this.again = new Timer(this::connect);
    this.report = new Timer(this::report);
  }

  private static InetSocketAddress unresolved(Endpoint endpoint) {
    return InetSocketAddress.createUnresolved(endpoint.host(), endpoint.port());
  }

  @Override
  public void start() {
    home.execute(this::connect);
    home.execute(this::report);
  }

  private void connect() {
    if (stopped) {
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
          new LegacyClient(context, flow, target, admission, book, notices, new SessionEvents());
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
    public void greeted(int dataPort) {
      log.info(
          "client ready: tunnel "
              + Addresses.text(tunnel)
              + ", data port "
              + dataPort
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
    if (stopped) {
      return;
    }
    long cooldown = Math.max(LEAST_COOLDOWN, config.limits().cooldown().toNanos());
    // ±20 %, so that many clients of one server do not all come back in the same moment.
    long pause = (long) (cooldown * (0.8 + 0.4 * ThreadLocalRandom.current().nextDouble()));
    log.warn(reason + "; next attempt in " + Seconds.text(pause));
    home.schedule(again, pause);
  }

  private void hasRoom() {
    home.runOrExecute(
        () -> {
          if (session != null) {
            session.hasRoom();
          }
        });
  }

  private void report() {
    long interval = config.limits().reportInterval().toNanos();
    if (!stopped && interval > 0) {
      book.count();
      totals.report();
      notices.report();
      home.schedule(report, interval);
    }
  }

  @Override
  public CompletableFuture<Void> ready() {
    return ready;
  }

  @Override
  public InetSocketAddress address() {
    return target;
  }

  @Override
  public InetSocketAddress tunnelAddress() {
    return tunnel;
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
          home.cancel(again);
          home.cancel(report);
          if (dial != null) {
            dial.cancel();
          }
          if (session != null) {
            session.close();
            session = null;
          }
        });
  }

  @Override
  public void abort() {
    book.abortAll("the client is shutting down");
  }
}
