package io.nodepass;

import io.nodepass.config.ConfigException;
import io.nodepass.config.TunnelConfig;
import io.nodepass.config.TunnelUrl;
import io.nodepass.reactor.OwnThread;
import io.nodepass.telemetry.Log;
import io.nodepass.telemetry.Traffic;
import io.nodepass.tunnel.Tunnel;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * One end of a tunnel that runs inside this program.
 *
 * <pre>{@code
 * try (NodePass server = NodePass.start("server://:10101/:8080")) {
 *   server.awaitReady();
 *   …
 * }
 * }</pre>
 *
 * <p>An instance shares nothing with another one. It reads no environment variable, sets no
 * property, handles no signal, registers no shutdown hook, writes nothing to the terminal and never
 * ends the JVM. Its threads are daemons, so an open tunnel does not keep a program alive:
 *
 * <ul>
 *   <li>{@code nodepass-loop-<n>}: event loops, as many as the URL's {@code loops=} says, else one
 *       for each processor, from the start to the close;
 *   <li>{@code nodepass-resolver}: at most 16, while names are looked up and 10 s longer;
 *   <li>{@code nodepass-tasks-<n>}: with TLS only, at most one for two processors, for handshakes
 *       and for making certificates;
 *   <li>{@code nodepass-certificates}: one on a server with {@code tls=2}, for certificate files
 *       that may change, from the start to the close.
 * </ul>
 *
 * <p>Methods may be called by any thread. Those that wait ({@link #awaitReady()}, {@link #close})
 * refuse to do so on the threads above, of this instance or another: a {@link Log} is called there,
 * and so may be what depends on {@link #ready}.
 */
public final class NodePass implements AutoCloseable {
  private static final Duration READY_TIMEOUT = Duration.ofSeconds(30);

  private final TunnelGroup group;
  private final Tunnel tunnel;
  private final String url;
  private final InetSocketAddress address;
  private final InetSocketAddress tunnelAddress;
  // Ends with the tunnel's own, or before it when this is closed.
  private final CompletableFuture<Void> ready;
  // Set once, by whoever closes.
  private volatile boolean closed;

  private NodePass(TunnelGroup group, String url) {
    this.group = group;
    this.tunnel = group.tunnels().get(0);
    this.url = url;
    this.address = tunnel.address();
    this.tunnelAddress = tunnel.tunnelAddress();
    this.ready = tunnel.ready().copy();
  }

  /**
   * As {@link #start(String, Log)}, with lines that go to the {@link System.Logger} of the name
   * {@code io.nodepass}, and so to whatever logging the program has. FATAL becomes ERROR.
   */
  public static NodePass start(String url) throws ConfigException, IOException {
    return start(url, new SystemLog());
  }

  /**
   * Starts one end of a tunnel. A server listens when this returns; a client goes on to look for
   * its server, for ever. The name of an address to listen on is looked up on the calling thread,
   * and a shared key is made ready there, which takes some tenths of a second.
   *
   * @param url as on the command line; its {@code log=} means nothing here, the log decides
   * @param log where log lines go, also from this thread and before this returns. What it throws is
   *     ignored; control characters in a line have been replaced
   * @throws ConfigException when the URL, or a file that it names, cannot be used; the message
   *     names the part and the cure
   * @throws IOException when an address cannot be listened on; the message names it. Nothing is
   *     left running then
   */
  public static NodePass start(String url, Log log) throws ConfigException, IOException {
    Objects.requireNonNull(url, "url");
    Log shielded = new ShieldedLog(Objects.requireNonNull(log, "log"));
    TunnelConfig config = TunnelUrl.parse(url, Map.of(), shielded::warn);
    return new NodePass(TunnelGroup.start(List.of(config), any -> shielded), config.display());
  }

  /**
   * Waits up to 30 seconds until this end is ready, as {@link #awaitReady(Duration)} does.
   *
   * @throws TimeoutException when that takes longer
   * @throws IllegalStateException when it is closed, before or meanwhile
   */
  public void awaitReady() throws TimeoutException, InterruptedException {
    awaitReady(READY_TIMEOUT);
  }

  /**
   * Waits until this end is ready: a server listens, which it does from its start on; a client has
   * had a ready connection to its server once, and may have lost it since.
   *
   * @throws TimeoutException when that takes longer; the log says why
   * @throws IllegalStateException when it is closed, before or meanwhile, or on a tunnel's own
   *     thread
   */
  public void awaitReady(Duration timeout) throws TimeoutException, InterruptedException {
    if (!ready.isDone()) {
      refuseOwnThreads("awaitReady");
    }
    try {
      ready.get(TimeUnit.NANOSECONDS.convert(timeout), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      throw new TimeoutException(
          url + " is not ready after " + timeout + ": it has no server yet, the log says why");
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause().getMessage(), e.getCause());
    }
    if (closed) {
      throw isClosed();
    }
  }

  /**
   * Completes as soon as this end is ready, in the sense of {@link #awaitReady(Duration)}, or with
   * an {@link IllegalStateException} when it is closed before. What depends on it may run on an
   * event loop and must not take long there: use the {@code Async} methods. Nothing done to the
   * stage, or to a future made of it, changes this tunnel.
   */
  public CompletionStage<Void> ready() {
    return ready.minimalCompletionStage();
  }

  /**
   * On a server, where users enter: the URL's target address with the real port where that said 0,
   * and {@code [::]} or {@code 0.0.0.0} for every interface. On a client, the service that users
   * are carried to, as the URL has it and unresolved. The same after {@link #close}.
   */
  public InetSocketAddress address() {
    return address;
  }

  /**
   * On a server, where clients are awaited, with the real port. On a client, where the server is
   * looked for, as the URL has it and unresolved. The same after {@link #close}.
   */
  public InetSocketAddress tunnelAddress() {
    return tunnelAddress;
  }

  /** What this end has carried so far; after {@link #close}, all it ever has. */
  public TunnelStats stats() {
    int admitted = tunnel.running();
    Traffic.Snapshot totals = tunnel.traffic().snapshot();
    return new TunnelStats(
        admitted,
        totals.opened(),
        totals.ended(),
        totals.failed(),
        totals.refused(),
        totals.bytesIn(),
        totals.bytesOut());
  }

  /**
   * Stops accepting, lets running connections end for as long as SHUTDOWN_TIMEOUT says (5 s unless
   * the URL has {@code shutdown_timeout=}) and aborts the rest. Interrupting the caller ends that
   * wait, and the interrupt stays set.
   *
   * <p>When this returns, in every thread that has called it, the instance has no thread, no
   * descriptor and no buffer any more; memory of its buffers is the JVM's again with the next
   * garbage collection. Two exceptions: a name look-up that the system is still busy with, and the
   * reading of a certificate file that it holds up, are each left to their thread, which ends with
   * them. Closing again does nothing.
   *
   * @throws IllegalStateException on a tunnel's own thread; nothing has happened then
   */
  @Override
  public void close() {
    closing();
    group.shutdown();
  }

  /** As {@link #close}, with another grace. */
  TunnelGroup.Shutdown shutdown(Duration grace) {
    closing();
    return group.shutdown(grace);
  }

  private void closing() {
    refuseOwnThreads("close");
    closed = true;
    ready.completeExceptionally(isClosed());
  }

  private IllegalStateException isClosed() {
    return new IllegalStateException(url + " is closed");
  }

  private void refuseOwnThreads(String method) {
    if (OwnThread.isCurrent()) {
      throw new IllegalStateException(
          method + "() waits, and must not do so on a tunnel's own thread: call it from another");
    }
  }

  /** The URL, without its secrets. */
  @Override
  public String toString() {
    return closed ? url + " (closed)" : url;
  }
}
