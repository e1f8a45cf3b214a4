package io.nodepass;

import io.nodepass.config.ConfigException;
import io.nodepass.config.Role;
import io.nodepass.config.TunnelConfig;
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
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/**
 * Tunnels that are started and shut down together and share their event loops: all those of a
 * command line, or the one of a {@link NodePass}. For any thread but an {@link
 * io.nodepass.reactor.OwnThread}.
 */
final class TunnelGroup implements AutoCloseable {
  private static final long LOOK_MILLIS = 2;
  private static final Duration ABORT_GRACE = Duration.ofMillis(200);
  private static final Duration LAST_LOOK = Duration.ofSeconds(1);

  private final EventLoops loops;
  private final Resolver resolver = new Resolver();
  private final ScheduledExecutorService tasks = TaskThreads.start();
  private final List<Tunnel> tunnels = new ArrayList<>();
  private final Duration grace;
  // Guarded by this.
  private boolean closed;

  /** How a shutdown went: connections that ended by themselves, and those that were aborted. */
  record Shutdown(int ended, int aborted) {}

  private TunnelGroup(EventLoops loops, Duration grace) {
    this.loops = loops;
    this.grace = grace;
  }

  /**
   * Starts them all; none is left running when one cannot start.
   *
   * @param logs where the lines of a tunnel go; the loops' own go where the first one's do
   * @throws ConfigException when a certificate cannot be used
   * @throws IOException when an address cannot be listened on
   */
  static TunnelGroup start(List<TunnelConfig> configs, Function<TunnelConfig, Log> logs)
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
    TunnelGroup group = new TunnelGroup(loops, grace);
    try {
      Set<Integer> ports = new HashSet<>();
      configs.forEach(config -> ports.addAll(fixedPorts(config)));
      for (TunnelConfig config : configs) {
        group.add(config, ports, logs.apply(config));
      }
      return group;
    } catch (CertificateProblem e) {
      group.shutdown(Duration.ZERO);
      throw new ConfigException(e.getMessage());
    } catch (IOException | RuntimeException | Error e) {
      group.shutdown(Duration.ZERO);
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

  /** The tunnels in the order of their configurations. */
  List<Tunnel> tunnels() {
    return List.copyOf(tunnels);
  }

  private long sum(ToLongFunction<Traffic.Snapshot> count) {
    long sum = 0;
    for (Tunnel tunnel : tunnels) {
      sum += count.applyAsLong(tunnel.traffic().snapshot());
    }
    return sum;
  }

  /** Connections that run, and those that have ended but still have bytes of their peers. */
  int running() {
    int running = loops.deliveries();
    for (Tunnel tunnel : tunnels) {
      running += tunnel.running();
    }
    return running;
  }

  /** As {@link #shutdown()}. */
  @Override
  public void close() {
    shutdown(grace);
  }

  /** As {@link #shutdown(Duration)}, with the longest of the tunnels' SHUTDOWN_TIMEOUT. */
  Shutdown shutdown() {
    return shutdown(grace);
  }

  /**
   * Stops accepting, lets running connections end for so long, then aborts the rest. Whoever calls
   * second waits for the first and is told of no connection.
   */
  synchronized Shutdown shutdown(Duration grace) {
    if (closed) {
      return new Shutdown(0, 0);
    }
    closed = true;
    try {
      return stop(grace);
    } finally {
      loops.close();
      tunnels.forEach(Tunnel::join);
      resolver.close();
      TaskThreads.end(tasks);
    }
  }

  private Shutdown stop(Duration grace) {
    long endedBefore = sum(Traffic.Snapshot::ended);
    long refusedBefore = sum(Traffic.Snapshot::refused);
    tunnels.forEach(Tunnel::stop);
    int waited = (int) (sum(Traffic.Snapshot::refused) - refusedBefore); // users not joined yet
    awaitIdle(grace);
    int cut = loops.deliveries(); // they count as ended already
    int left = running();
    int ended = Math.max(0, (int) (sum(Traffic.Snapshot::ended) - endedBefore) - cut);
    if (left > 0) {
      tunnels.forEach(Tunnel::abort);
      awaitIdle(LAST_LOOK);
    }
    return new Shutdown(ended, left + waited);
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
