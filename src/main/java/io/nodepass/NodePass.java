package io.nodepass;

import io.nodepass.config.ConfigException;
import io.nodepass.config.Role;
import io.nodepass.config.TunnelConfig;
import io.nodepass.config.TunnelUrl;
import io.nodepass.reactor.Clock;
import io.nodepass.reactor.EventLoops;
import io.nodepass.relay.RelayLimits;
import io.nodepass.telemetry.Log;
import io.nodepass.telemetry.Traffic;
import io.nodepass.transport.Dialer;
import io.nodepass.transport.Resolver;
import io.nodepass.transport.tcp.TcpDialer;
import io.nodepass.transport.tls.CertificateProblem;
import io.nodepass.tunnel.ClientTunnel;
import io.nodepass.tunnel.ServerTunnel;
import io.nodepass.tunnel.Tunnel;
import io.nodepass.tunnel.TunnelContext;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/**
 * One or more running tunnels on event loops of their own: what the command line starts, and what a
 * program that embeds NodePass holds. Its methods may be called by any thread but a loop's own.
 *
 * <pre>{@code
 * try (NodePass server = NodePass.start("server://:10101/:8080", log)) {
 *   server.awaitReady(Duration.ofSeconds(5));
 *   …
 * }
 * }</pre>
 */
public final class NodePass implements AutoCloseable {
  private static final long LOOK_MILLIS = 2;
  private static final Duration ABORT_GRACE = Duration.ofMillis(200);

  private final EventLoops loops;
  private final Resolver resolver;
  private final ScheduledExecutorService tasks;
  private final List<Tunnel> tunnels = new ArrayList<>();
  private final Duration grace;
  private boolean closed;

  private NodePass(EventLoops loops, Duration grace) {
    this.loops = loops;
    this.resolver = new Resolver();
    this.tasks = TaskThreads.start();
    this.grace = grace;
  }

  /**
   * Starts one tunnel, with the limits of the URL and without a look at the environment.
   *
   * @param url as on the command line
   * @throws ConfigException when the URL cannot be used
   * @throws IOException when an address cannot be listened on
   */
  public static NodePass start(String url, Log log) throws ConfigException, IOException {
    return start(List.of(TunnelUrl.parse(url, Map.of(), log::warn)), config -> log);
  }

  /** Starts several tunnels on shared loops; none is left running when one cannot start. */
  static NodePass start(List<TunnelConfig> configs, Function<TunnelConfig, Log> logs)
      throws ConfigException, IOException {
    int count = 0;
    Duration grace = Duration.ZERO;
    for (TunnelConfig config : configs) {
      int wanted = config.loops() > 0 ? config.loops() : Runtime.getRuntime().availableProcessors();
      count = Math.max(count, wanted);
      Duration timeout = config.limits().shutdownTimeout();
      grace = timeout.compareTo(grace) > 0 ? timeout : grace;
    }
    EventLoops loops = EventLoops.start(count, Clock.SYSTEM, logs.apply(configs.get(0)));
    NodePass started = new NodePass(loops, grace);
    try {
      Set<Integer> ports = new HashSet<>();
      configs.forEach(config -> ports.addAll(fixedPorts(config)));
      for (TunnelConfig config : configs) {
        started.add(config, ports, logs.apply(config));
      }
      return started;
    } catch (CertificateProblem e) {
      started.shutdown(Duration.ZERO);
      throw new ConfigException(e.getMessage());
    } catch (IOException | RuntimeException e) {
      started.shutdown(Duration.ZERO);
      throw e;
    }
  }

  private static List<Integer> fixedPorts(TunnelConfig config) {
    return config.role() == Role.SERVER
        ? List.of(config.tunnel().port(), config.target().port())
        : List.of();
  }

  private void add(TunnelConfig config, Set<Integer> ports, Log log)
      throws IOException, CertificateProblem {
    Dialer dialer = new TcpDialer(resolver);
    TunnelContext context =
        new TunnelContext(
            config,
            loops,
            loops.all().get(tunnels.size() % loops.all().size()),
            dialer,
            tasks,
            RelayLimits.DEFAULTS,
            ports,
            log);
    Tunnel tunnel =
        config.role() == Role.SERVER ? new ServerTunnel(context) : new ClientTunnel(context);
    tunnels.add(tunnel);
    tunnel.start();
  }

  /**
   * Waits until every tunnel is ready: a server listens, a client has a ready data connection.
   *
   * @throws TimeoutException when that takes longer
   */
  public void awaitReady(Duration timeout) throws TimeoutException, InterruptedException {
    long deadline = System.nanoTime() + timeout.toNanos();
    for (Tunnel tunnel : tunnels) {
      while (!tunnel.ready().isDone()) {
        if (System.nanoTime() - deadline >= 0) {
          throw new TimeoutException("not ready within " + timeout);
        }
        TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
      }
    }
  }

  /** Where users enter (server), or the target as it was given (client), of the first tunnel. */
  public InetSocketAddress address() {
    return tunnels.get(0).address();
  }

  /** Where the control channel listens (server) or is dialled (client), of the first tunnel. */
  public InetSocketAddress tunnelAddress() {
    return tunnels.get(0).tunnelAddress();
  }

  /** Totals of the first tunnel. */
  public Traffic.Snapshot stats() {
    return tunnels.get(0).traffic().snapshot();
  }

  private long endedSoFar() {
    long ended = 0;
    for (Tunnel tunnel : tunnels) {
      ended += tunnel.traffic().snapshot().ended();
    }
    return ended;
  }

  private int running() {
    int running = 0;
    for (Tunnel tunnel : tunnels) {
      running += tunnel.running();
    }
    return running;
  }

  /** Shuts down gracefully, for as long as SHUTDOWN_TIMEOUT allows. */
  @Override
  public void close() {
    shutdown(grace);
  }

  /** How a shutdown went: connections that ended by themselves, and those that were aborted. */
  record Shutdown(int ended, int aborted) {}

  /** As {@link #close}, with the longest of the tunnels' SHUTDOWN_TIMEOUT. */
  Shutdown shutdown() {
    return shutdown(grace);
  }

  /**
   * Stops accepting, lets running connections end for so long, then aborts the rest. Idempotent.
   */
  synchronized Shutdown shutdown(Duration grace) {
    if (closed) {
      return new Shutdown(0, 0);
    }
    closed = true;
    long before = endedSoFar();
    tunnels.forEach(Tunnel::stop);
    awaitIdle(grace);
    int left = running();
    int ended = (int) (endedSoFar() - before);
    if (left > 0) {
      tunnels.forEach(Tunnel::abort);
      awaitIdle(Duration.ofSeconds(1));
    }
    loops.close();
    resolver.close();
    tasks.shutdownNow();
    return new Shutdown(ended, left);
  }

  /** Aborts whatever runs, at once; for a process that is about to end. */
  void abort() {
    tunnels.forEach(Tunnel::abort);
    awaitIdle(ABORT_GRACE);
  }

  private void awaitIdle(Duration timeout) {
    long deadline = System.nanoTime() + timeout.toNanos();
    boolean interrupted = false;
    while (running() > 0 && System.nanoTime() - deadline < 0 && !interrupted) {
      try {
        TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
      } catch (InterruptedException e) {
        interrupted = true; // whoever interrupts a shutdown wants it to be over
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
