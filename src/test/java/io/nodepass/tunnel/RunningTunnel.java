package io.nodepass.tunnel;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nodepass.config.Role;
import io.nodepass.config.TunnelConfig;
import io.nodepass.config.TunnelUrl;
import io.nodepass.reactor.EventLoop;
import io.nodepass.reactor.EventLoops;
import io.nodepass.relay.RelayLimits;
import io.nodepass.transport.Dialer;
import io.nodepass.transport.Resolver;
import io.nodepass.transport.tcp.TcpDialer;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;

/** One tunnel on loops of its own, with a clock that can be moved ahead and a log that is kept. */
final class RunningTunnel implements AutoCloseable {
  /** Everything on loopback and on free ports; no health lines and no totals unless asked for. */
  static final String SERVER =
      "server://127.0.0.1:0/127.0.0.1:0?loops=2&proto=legacy&report_interval=";

  final KeptLog log = new KeptLog();
  private final AtomicLong ahead = new AtomicLong();
  private final Resolver resolver = new Resolver();
  private final ScheduledExecutorService tasks = Executors.newSingleThreadScheduledExecutor();
  private final EventLoops loops;
  private final Tunnel tunnel;

  private RunningTunnel(String url, UnaryOperator<Dialer> wrapper) throws Exception {
    TunnelConfig config = TunnelUrl.parse(url, Map.of(), log::warn);
    this.loops = EventLoops.start(config.loops(), () -> System.nanoTime() + ahead.get(), log);
    TunnelContext context =
        new TunnelContext(
            config,
            loops,
            loops.all().get(0),
            wrapper.apply(new TcpDialer(resolver)),
            tasks,
            RelayLimits.DEFAULTS,
            Set.of(),
            log);
    this.tunnel =
        config.role() == Role.SERVER ? new ServerTunnel(context) : new ClientTunnel(context);
  }

  static RunningTunnel start(String url) throws Exception {
    return start(url, dialer -> dialer);
  }

  /** Starts a tunnel whose dialer is wrapped by the test. */
  static RunningTunnel start(String url, UnaryOperator<Dialer> wrapper) throws Exception {
    RunningTunnel running = new RunningTunnel(url, wrapper);
    try {
      running.tunnel.start();
      return running;
    } catch (Exception e) {
      running.close();
      throw e;
    }
  }

  /** A server without health lines. */
  static RunningTunnel server(String parameters) throws Exception {
    return start(SERVER + "0" + parameters);
  }

  /** A server that speaks both dialects, without health lines. */
  static RunningTunnel anyServer(String parameters) throws Exception {
    return start("server://127.0.0.1:0/127.0.0.1:0?loops=2&report_interval=0" + parameters);
  }

  Tunnel tunnel() {
    return tunnel;
  }

  InetSocketAddress control() {
    return tunnel.tunnelAddress();
  }

  InetSocketAddress ingress() {
    return tunnel.address();
  }

  /**
   * Makes so much time pass at once, after whatever the loops are in the midst of: a timer that one
   * of them is about to set counts from before.
   */
  void pass(Duration time) throws InterruptedException {
    turn();
    ahead.addAndGet(time.toNanos());
    turn(); // so that they look at their timers
  }

  /** From now on nothing runs off the loops any more. */
  void endTasks() {
    tasks.shutdownNow();
  }

  /** Waits until every loop has run what was given to it so far. */
  private void turn() throws InterruptedException {
    CountDownLatch done = new CountDownLatch(loops.all().size());
    for (EventLoop loop : loops.all()) {
      loop.execute(done::countDown);
    }
    assertTrue(done.await(10, TimeUnit.SECONDS), "a loop hangs");
  }

  void untilRunning(int count) throws InterruptedException {
    Until.holds(
        () -> tunnel.running() == count,
        () -> tunnel.running() + " run, not " + count + "\n" + log);
  }

  void untilLogged(String part) throws InterruptedException {
    Until.holds(() -> log.has(part), () -> "no line says '" + part + "':\n" + log);
  }

  @Override
  public void close() {
    tunnel.stop();
    tunnel.abort();
    loops.close();
    tunnel.join();
    resolver.close();
    tasks.shutdownNow();
  }
}
