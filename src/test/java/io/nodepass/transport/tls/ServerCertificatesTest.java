package io.nodepass.transport.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nodepass.testkit.Await;
import io.nodepass.testkit.LeakExtension;
import io.nodepass.testkit.Openssl;
import io.nodepass.testkit.Openssl.Issued;
import io.nodepass.testkit.RecordingLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** When a server's certificate becomes another, and when it stays. Time is moved by hand. */
@ExtendWith(LeakExtension.class)
class ServerCertificatesTest {
  private static final Duration SOON = Duration.ofSeconds(10);

  @TempDir static Path made;

  private static Issued first;
  private static Issued second;

  @TempDir Path directory;

  private final RecordingLog log = new RecordingLog();
  private Instant now = Instant.now();
  private Path crt;
  private Path key;
  private long written;

  @BeforeAll
  static void make() throws IOException {
    Openssl openssl = new Openssl(made);
    Issued root = openssl.root("root");
    first = openssl.server("first", root, Openssl.EC, "DNS:a.example");
    second = openssl.server("second", root, Openssl.ED25519, "DNS:a.example");
  }

  @BeforeEach
  void install() throws IOException {
    crt = directory.resolve("crt.pem");
    key = directory.resolve("key.pem");
    replace(crt, first.crt());
    replace(key, first.key());
  }

  /** Replaces a file as tools do, by a rename. Each has a time of its own, long ago. */
  private void replace(Path file, Path content) throws IOException {
    Path next = directory.resolve("next");
    Files.copy(content, next);
    age(next);
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private void age(Path file) throws IOException {
    written++;
    Files.setLastModifiedTime(
        file, FileTime.from(Instant.parse("2020-01-01T00:00:00Z").plusSeconds(written)));
  }

  private ServerCertificates fromFiles() throws CertificateProblem {
    return ServerCertificates.fromFiles(crt, key, () -> now, log);
  }

  private static String subject(ServerCertificates certificates) {
    return certificates.current().certificate().getSubjectX500Principal().getName();
  }

  private static MemoryTls connect(ServerCertificates certificates) throws SSLException {
    return new MemoryTls(
            TrustChoice.unverified(Optional.empty()).engine("localhost", 1),
            certificates.current().engine())
        .handshake();
  }

  @Test
  void aSelfSignedCertificateIsRenewedBeforeItEnds() {
    now = Instant.parse("2030-01-01T00:00:00Z");
    ServerCertificates certificates = ServerCertificates.selfSigned(() -> now, log);
    ServerTls before = certificates.current();
    now = now.plus(Duration.ofDays(334));
    certificates.look(true);
    assertSame(before, certificates.current());
    now = now.plus(Duration.ofDays(2));
    certificates.look(false);
    assertNotEquals(before.fingerprint(), certificates.current().fingerprint());
    assertTrue(certificates.current().end().isAfter(now.plus(Duration.ofDays(364))));
    List<String> lines = log.take();
    assertEquals(1, lines.size(), lines::toString);
    assertTrue(lines.get(0).contains(certificates.current().fingerprint().toString()));
  }

  @Test
  void aProblemAtTheStartIsThrown() throws IOException {
    Files.delete(key);
    assertThrows(CertificateProblem.class, this::fromFiles);
  }

  @Test
  void unchangedFilesChangeNothing() throws CertificateProblem {
    ServerCertificates certificates = fromFiles();
    ServerTls before = certificates.current();
    certificates.look(false);
    certificates.look(true);
    assertSame(before, certificates.current());
    assertEquals(List.of(), log.take());
  }

  @Test
  void aNewPairIsTakenAsAWholeAndLiveConnectionsStay() throws IOException, CertificateProblem {
    ServerCertificates certificates = fromFiles();
    MemoryTls live = connect(certificates);
    ServerTls before = certificates.current();
    replace(crt, second.crt());
    certificates.look(false);
    assertSame(before, certificates.current(), "half a pair was taken");
    assertEquals(List.of(), log.take(), "a pair that is half written is no error yet");
    replace(key, second.key());
    certificates.look(false);
    assertEquals("CN=second", subject(certificates));
    assertNotSame(before.context(), certificates.current().context());
    assertEquals("still here", live.said("still here"));
    assertEquals(
        certificates.current().certificate(),
        connect(certificates).client().getSession().getPeerCertificates()[0]);
    List<String> lines = log.take();
    assertEquals(1, lines.size(), lines::toString);
    assertTrue(lines.get(0).startsWith("INFO ") && lines.get(0).contains("CN=second"));
  }

  @Test
  void aBrokenFileKeepsTheOldCertificateAndIsToldOncePerChange()
      throws IOException, CertificateProblem {
    ServerCertificates certificates = fromFiles();
    ServerTls before = certificates.current();
    Path broken = Files.writeString(made.resolve("broken"), "nothing");
    replace(crt, broken);
    for (int i = 0; i < 5; i++) {
      certificates.look(i == 3);
    }
    assertSame(before, certificates.current());
    List<String> lines = log.take();
    assertEquals(1, lines.size(), lines::toString);
    assertTrue(
        lines.get(0).startsWith("ERROR crt=" + crt) && lines.get(0).contains("stays in use"),
        lines::toString);
    replace(crt, broken);
    certificates.look(false);
    certificates.look(false);
    certificates.look(false);
    assertEquals(1, log.take().size());
    replace(crt, second.crt());
    replace(key, second.key());
    certificates.look(false);
    assertEquals("CN=second", subject(certificates));
  }

  @Test
  void aFileThatComesBackAsItWasEndsTheError() throws IOException, CertificateProblem {
    ServerCertificates certificates = fromFiles();
    ServerTls before = certificates.current();
    Files.delete(key);
    certificates.look(false);
    certificates.look(false);
    assertEquals(1, log.take().size());
    replace(key, first.key());
    certificates.look(false);
    certificates.look(false);
    assertSame(before, certificates.current());
    assertEquals(List.of(), log.take());
  }

  @Test
  void aCertificateOfTomorrowIsTakenTomorrowWithoutAnotherChange()
      throws IOException, CertificateProblem {
    now = now.plus(Duration.ofDays(1));
    ServerCertificates certificates = fromFiles();
    now = now.minus(Duration.ofDays(2));
    replace(crt, second.crt());
    replace(key, second.key());
    certificates.look(false);
    certificates.look(false);
    certificates.look(false);
    assertEquals(1, log.take().size(), "one error, that it is not yet valid");
    assertEquals("CN=first", subject(certificates));
    now = now.plus(Duration.ofDays(2));
    certificates.look(false);
    assertEquals("CN=second", subject(certificates));
  }

  @Test
  void aThoroughLookFindsWhatTheStampHides() throws IOException, CertificateProblem {
    Path both = directory.resolve("both.pem");
    ServerCertificates certificates = overwrittenAfterLoading(both, now.minusSeconds(60));
    certificates.look(false);
    assertEquals("CN=first", subject(certificates), "the stamp was to be the same");
    certificates.look(true);
    assertEquals("CN=second", subject(certificates));
  }

  @Test
  void aFileThatWasJustWrittenIsReadAgainThoughItsStampIsTheSame()
      throws IOException, CertificateProblem {
    Path both = directory.resolve("both.pem");
    ServerCertificates certificates = overwrittenAfterLoading(both, now);
    certificates.look(false);
    assertEquals("CN=second", subject(certificates));
  }

  /** Loads the first identity from a file and then writes the second, with the same stamp. */
  private ServerCertificates overwrittenAfterLoading(Path file, Instant time)
      throws IOException, CertificateProblem {
    String one = Files.readString(first.crt()) + Files.readString(first.key());
    String other = Files.readString(second.crt()) + Files.readString(second.key());
    int size = Math.max(one.length(), other.length());
    Files.writeString(file, one + "#".repeat(size - one.length()));
    Files.setLastModifiedTime(file, FileTime.from(time));
    ServerCertificates certificates = ServerCertificates.fromFiles(file, file, () -> now, log);
    FileStamp stamp = FileStamp.of(file);
    Files.writeString(file, other + "#".repeat(size - other.length()));
    Files.setLastModifiedTime(file, FileTime.from(time));
    assertEquals(stamp, FileStamp.of(file));
    return certificates;
  }

  @Test
  void anApproachingEndIsToldOnceAndTheEndItselfOnce() throws CertificateProblem {
    ServerCertificates certificates = fromFiles();
    Instant end = certificates.current().end();
    now = end.minus(Duration.ofDays(8));
    certificates.look(false);
    assertEquals(List.of(), log.take());
    now = end.minus(Duration.ofDays(6));
    certificates.look(false);
    certificates.look(true);
    List<String> notice = log.take();
    assertEquals(1, notice.size(), notice::toString);
    assertTrue(notice.get(0).startsWith("WARN CN=first"), notice::toString);
    now = end.plusSeconds(1);
    certificates.look(false);
    certificates.look(true);
    List<String> expired = log.take();
    assertEquals(1, expired.size(), expired::toString);
    assertTrue(expired.get(0).startsWith("ERROR CN=first"), expired::toString);
  }

  @Test
  void watchingFindsAChangeByItselfUntilItIsClosed() throws Exception {
    ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor();
    ServerCertificates certificates = fromFiles();
    try (certificates) {
      certificates.watch(executor, Duration.ofMillis(5), Duration.ZERO);
      replace(crt, second.crt());
      replace(key, second.key());
      Await.until("the second", SOON, () -> subject(certificates).equals("CN=second"));
    } finally {
      executor.shutdownNow();
    }
    replace(crt, first.crt());
    replace(key, first.key());
    certificates.look(true);
    assertEquals("CN=second", subject(certificates));
  }

  @Test
  void anErrorIsToldAndDoesNotEndTheWatching() throws Exception {
    ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor();
    AtomicInteger left = new AtomicInteger(-1);
    InstantSource failing =
        () -> {
          if (left.getAndDecrement() > 0) {
            throw new OutOfMemoryError("none is left");
          }
          return now;
        };
    try (ServerCertificates certificates = ServerCertificates.fromFiles(crt, key, failing, log)) {
      left.set(2);
      certificates.watch(executor, Duration.ofMillis(5), Duration.ZERO);
      Await.until("two errors", SOON, () -> left.get() <= 0);
      replace(crt, second.crt());
      replace(key, second.key());
      Await.until("the second", SOON, () -> subject(certificates).equals("CN=second"));
    } finally {
      executor.shutdownNow();
    }
    List<String> lines = log.take();
    String told =
        "ERROR the certificate could not be renewed: " + new OutOfMemoryError("none is left");
    assertEquals(List.of(told, told), lines.subList(0, 2));
  }

  /** As a file system of a network may, and no interrupt ends that. */
  @Test
  void aLookThatHangsHoldsUpNeitherTheExecutorNorTheClosing() throws Exception {
    ScheduledThreadPoolExecutor executor = new ScheduledThreadPoolExecutor(1);
    AtomicBoolean hangs = new AtomicBoolean();
    AtomicReference<Thread> looker = new AtomicReference<>();
    InstantSource held =
        () -> {
          while (hangs.get()) {
            looker.set(Thread.currentThread());
            LockSupport.parkNanos(1_000_000);
          }
          return now;
        };
    ServerCertificates certificates = ServerCertificates.fromFiles(crt, key, held, log);
    try {
      hangs.set(true);
      certificates.watch(executor, Duration.ofMillis(5), Duration.ofMillis(5));
      assertEquals(0, executor.getQueue().size());
      Await.until("a look", SOON, () -> looker.get() != null);
      assertEquals("nodepass-certificates", looker.get().getName());
      assertTimeoutPreemptively(SOON, certificates::close);
      assertTimeoutPreemptively(SOON, certificates::join);
      assertTrue(looker.get().isAlive());
    } finally {
      hangs.set(false);
      executor.shutdownNow();
    }
    certificates.join();
    Await.until("its end", SOON, () -> !looker.get().isAlive());
    assertEquals(List.of(), log.take());
  }

  @Test
  void theIntervalAloneFindsWhatTheStampHides() throws Exception {
    ScheduledExecutorService executor = Executors.newSingleThreadScheduledExecutor();
    try (ServerCertificates certificates = fromFiles()) {
      certificates.watch(executor, Duration.ofHours(1), Duration.ofMillis(5));
      replace(crt, second.crt());
      replace(key, second.key());
      Await.until("the second", SOON, () -> subject(certificates).equals("CN=second"));
    } finally {
      executor.shutdownNow();
    }
  }
}
