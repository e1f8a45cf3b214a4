package io.nodepass.transport.tls;

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
import java.util.concurrent.TimeUnit;

/**
 * A server's certificate as it is now: self-signed (mode 1) or from PEM files (mode 2). A new one
 * replaces it as a whole; who took the one before goes on with that. What is new and cannot be used
 * changes nothing and is an error line.
 *
 * <p>{@link #current} is for any thread and never blocks; files are read, and keys made, by the
 * threads that call the factories and by the executor given to {@link #watch}.
 */
public final class ServerCertificates implements AutoCloseable {
  private static final Duration NOTICE = Duration.ofDays(7);

  private final IdentitySource source;
  private final InstantSource time;
  private final Log log;

  /** Written under the lock of this. */
  private volatile ServerTls current;

  // Guarded by this.
  private final List<Future<?>> watching = new ArrayList<>();
  private boolean closed;
  private boolean noticed;
  private boolean expired;

  private ServerCertificates(IdentitySource source, InstantSource time, Log log)
      throws CertificateProblem {
    this.source = source;
    this.time = time;
    this.log = log;
    Instant now = time.instant();
    current = ServerTls.of(source.renewed(now, /* thorough= */ true).orElseThrow());
    tellOfTheEnd(now);
  }

  /** Mode 1. Takes some milliseconds; not on an event loop. */
  public static ServerCertificates selfSigned(InstantSource time, Log log) {
    try {
      return new ServerCertificates(new SelfSignedSource(), time, log);
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
    return new ServerCertificates(new PemSource(crt, key), time, log);
  }

  public ServerTls current() {
    return current;
  }

  /**
   * Keeps the certificate up to date until this is closed.
   *
   * @param executor does the looking, which reads files; not closed with this
   * @param look how often to look for changed files and an approaching end, such as 2 s
   * @param reload how often to read the files even if they seem unchanged; zero is never
   */
  public synchronized void watch(
      ScheduledExecutorService executor, Duration look, Duration reload) {
    if (closed) {
      return;
    }
    repeat(executor, () -> look(/* thorough= */ false), look);
    if (!reload.isZero()) {
      repeat(executor, () -> look(/* thorough= */ true), reload);
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
      if (renewed.isPresent()) {
        replace(ServerTls.of(renewed.get()));
      }
      tellOfTheEnd(now);
    } catch (CertificateProblem e) {
      log.error(e.getMessage() + "; the certificate before it stays in use");
    } catch (Throwable e) { // a lack of memory too: the next look may succeed
      log.error("the certificate could not be renewed: " + e);
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
  public synchronized void close() {
    closed = true;
    watching.forEach(task -> task.cancel(/* mayInterruptIfRunning= */ false));
    watching.clear();
  }
}
