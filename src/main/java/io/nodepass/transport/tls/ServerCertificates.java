package io.nodepass.transport.tls;

import io.nodepass.reactor.OwnThread;
import io.nodepass.telemetry.Log;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * A server's certificate as it is now: self-signed (mode 1) or from PEM files (mode 2). A new one
 * replaces it as a whole; who took the one before goes on with that. What is new and cannot be used
 * changes nothing and is an error line.
 *
 * <p>{@link #current} and {@link #close} are for any thread and never block. Files are read by the
 * thread that calls the factory and by one of our own, because a network's file system may hold it
 * for as long as it likes; keys are made by the executor given to {@link #watch}.
 */
public final class ServerCertificates implements AutoCloseable {
  private static final Duration NOTICE = Duration.ofDays(7);
  private static final long END_MILLIS = 500;

  private final IdentitySource source;
  private final boolean readsFiles;
  private final InstantSource time;
  private final Log log;

  /** Written under the lock of this, which a look holds for as long as it takes. */
  private volatile ServerTls current;

  // Guarded by the lock of this too.
  private boolean noticed;
  private boolean expired;

  // Both guarded by the list itself, which is never held for long.
  private final List<Future<?>> watching = new ArrayList<>();
  private ScheduledExecutorService ownThread;

  /** Written under the list's lock. */
  private volatile boolean closed;

  private ServerCertificates(IdentitySource source, boolean readsFiles, InstantSource time, Log log)
      throws CertificateProblem {
    this.source = source;
    this.readsFiles = readsFiles;
    this.time = time;
    this.log = log;
    Instant now = time.instant();
    current = ServerTls.of(source.renewed(now, /* thorough= */ true).orElseThrow());
    tellOfTheEnd(now);
  }

  /** Mode 1. Takes some milliseconds; not on an event loop. */
  public static ServerCertificates selfSigned(InstantSource time, Log log) {
    try {
      return new ServerCertificates(new SelfSignedSource(), /* readsFiles= */ false, time, log);
    } catch (CertificateProblem e) {
      throw new IllegalStateException("a certificate that was just made has no problem", e);
    }
  }

  /**
   * Mode 2. Reads and checks both files; not on an event loop.
   *
   * @param crt the certificate, followed by its issuers
   * @param key its key; may be the same file
   * @throws CertificateProblem when a server cannot be run with them
   */
  public static ServerCertificates fromFiles(Path crt, Path key, InstantSource time, Log log)
      throws CertificateProblem {
    return new ServerCertificates(new PemSource(crt, key), /* readsFiles= */ true, time, log);
  }

  public ServerTls current() {
    return current;
  }

  /**
   * Keeps the certificate up to date until this is closed.
   *
   * @param executor does the looking where that reads no files; not closed with this
   * @param look how often to look for changed files and an approaching end, such as 2 s
   * @param reload how often to read the files even if they seem unchanged; zero is never
   */
  public void watch(ScheduledExecutorService executor, Duration look, Duration reload) {
    synchronized (watching) {
      if (closed) {
        return;
      }
      if (readsFiles && ownThread == null) {
        ownThread =
            new ScheduledThreadPoolExecutor(
                1, task -> new OwnThread(task, "nodepass-certificates"));
      }
      ScheduledExecutorService looker = readsFiles ? ownThread : executor;
      repeat(looker, () -> look(/* thorough= */ false), look);
      if (!reload.isZero()) {
        repeat(looker, () -> look(/* thorough= */ true), reload);
      }
    }
  }

  private void repeat(ScheduledExecutorService executor, Runnable task, Duration every) {
    long nanos = every.toNanos();
    watching.add(executor.scheduleWithFixedDelay(task, nanos, nanos, TimeUnit.NANOSECONDS));
  }

  /** One look; never throws, because an executor would not call it again. */
  synchronized void look(boolean thorough) {
    if (closed) {
      return;
    }
    try {
      Instant now = time.instant();
      Optional<Identity> renewed = source.renewed(now, thorough);
      if (closed) {
        return;
      }
      if (renewed.isPresent()) {
        replace(ServerTls.of(renewed.get()));
      }
      tellOfTheEnd(now);
    } catch (CertificateProblem e) {
      tell(e.getMessage() + "; the certificate before it stays in use");
    } catch (Throwable e) { // a lack of memory too: the next look may succeed
      tell("the certificate could not be renewed: " + e);
    }
  }

  /** What goes wrong once this is closed comes of that and matters to nobody. */
  private void tell(String error) {
    if (!closed) {
      log.error(error);
    }
  }

  private void replace(ServerTls next) {
    current = next;
    noticed = false;
    expired = false;
    log.info(
        "new certificate for new connections: "
            + CertificateText.subject(next.certificate())
            + ", valid until "
            + CertificateText.date(next.end())
            + ", "
            + next.fingerprint());
  }

  private void tellOfTheEnd(Instant now) {
    Instant end = current.end();
    String what = CertificateText.subject(current.certificate()) + ", or one of its issuers, ";
    if (!expired && now.isAfter(end)) {
      expired = true;
      noticed = true;
      log.error(what + "expired at " + CertificateText.date(end) + "; clients will refuse it");
    } else if (!noticed && now.plus(NOTICE).isAfter(end)) {
      noticed = true;
      log.warn(what + "expires at " + CertificateText.date(end) + "; renew it");
    }
  }

  /** Ends the watching. The certificate stays usable. */
  @Override
  public void close() {
    synchronized (watching) {
      closed = true;
      watching.forEach(task -> task.cancel(/* mayInterruptIfRunning= */ false));
      watching.clear();
      if (ownThread != null) {
        ownThread.shutdownNow();
      }
    }
  }

  /**
   * Closes this and waits for its thread. One that the system holds in a file is left to itself
   * after half a second, and ends when it is let go.
   */
  public void join() {
    close();
    ScheduledExecutorService last;
    synchronized (watching) {
      last = ownThread;
    }
    if (last != null) {
      OwnThread.end(last, END_MILLIS);
    }
  }
}
