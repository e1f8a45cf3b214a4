package io.nodepass.transport.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nodepass.testkit.FlowDriver;
import io.nodepass.testkit.LeakExtension;
import io.nodepass.testkit.LoopbackPair;
import io.nodepass.testkit.Openssl;
import io.nodepass.testkit.Openssl.Issued;
import io.nodepass.testkit.Ports;
import io.nodepass.testkit.TestLoop;
import io.nodepass.transport.Flow;
import io.nodepass.transport.Resolver;
import io.nodepass.transport.tcp.TcpDialer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** How long a session may be resumed. The time by which certificates end is moved by hand. */
@ExtendWith(LeakExtension.class)
class TlsDialerLoopbackTest {
  private static final String NAMES = "subjectAltName=DNS:a.example";
  private static final int SLOTS = 3;

  @TempDir static Path directory;

  private static Openssl openssl;
  private static Issued root;
  private static Issued month;
  private static Issued year;
  private static Issued middle;
  private static Issued leaf;
  private static Issued old;

  private final TestLoop loop = TestLoop.start();
  private final Resolver resolver = new Resolver();
  private final List<X509Certificate> shown = new ArrayList<>();
  private volatile Instant now = Instant.now();
  private TlsServer server;
  private TlsDialer dialer;

  @BeforeAll
  static void make() throws IOException {
    openssl = new Openssl(directory);
    root = openssl.root("root");
    month = openssl.issue("month", root, openssl.key("month", Openssl.EC), 30, NAMES);
    year = openssl.issue("year", root, openssl.key("year", Openssl.EC), 365, NAMES);
    String issuer = "basicConstraints=CA:TRUE";
    middle = openssl.issue("middle", root, openssl.key("middle", Openssl.EC), 30, issuer);
    leaf = openssl.issue("leaf", middle, openssl.key("leaf", Openssl.EC), 300, NAMES);
    old = openssl.issue("old", root, openssl.key("old", Openssl.EC), -1, issuer);
  }

  @BeforeEach
  void start() throws Exception {
    server = new TlsServer(loop);
    trust(TrustChoice.verified(Optional.of(root.crt()), Optional.empty(), () -> now));
  }

  @AfterEach
  void close() throws Exception {
    server.close();
    resolver.close();
  }

  private void trust(TrustChoice trust) {
    dialer =
        new TlsDialer(
            new TcpDialer(resolver),
            trust,
            new ResumingEngines(trust, "a.example", SLOTS),
            Handshaking.TASKS,
            shown::add);
  }

  private static ServerTls server(Issued leaf, Path... issuers) throws Exception {
    Path[] parts = new Path[issuers.length + 1];
    parts[0] = leaf.crt();
    System.arraycopy(issuers, 0, parts, 1, issuers.length);
    PemFile crt = PemFile.read("crt", openssl.joined("chain.crt", parts));
    return ServerTls.of(
        new Identity(PemKey.in(PemFile.read("key", leaf.key())), PemCertificates.in(crt)));
  }

  private CompletableFuture<Flow> dial() throws Exception {
    CompletableFuture<Flow> dialled = new CompletableFuture<>();
    loop.run(
        () ->
            dialer.dial(
                loop.loop(),
                Ports.loopback(server.port()),
                TestLoop.DEADLINE.toNanos(),
                LoopbackPair.completing(dialled)));
    return dialled;
  }

  /**
   * Connects, waits for the ticket and ends it.
   *
   * @return when its session began
   */
  private long connect(ServerTls tls) throws Exception {
    return connect(tls, 1).get(0);
  }

  /** As above, so many at the same time: each leaves a ticket. */
  private List<Long> connect(ServerTls tls, int count) throws Exception {
    List<Flow> dialled = new ArrayList<>();
    List<TlsFlow> accepted = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      CompletableFuture<Flow> dial = dial();
      accepted.add(server.next(tls.engine()).flow());
      dialled.add(dial.get(TestLoop.DEADLINE.toSeconds(), TimeUnit.SECONDS));
    }
    List<Long> began = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Flow one = dialled.get(i);
      TlsFlow other = accepted.get(i);
      FlowDriver driver = loop.call(() -> new FlowDriver(one));
      loop.run(() -> other.write(ByteBuffer.allocate(8)));
      loop.until("the first bytes", () -> driver.received() == 8);
      began.add(((TlsFlow) one).session().getCreationTime());
      loop.run(() -> one.abort(null));
      loop.run(() -> other.abort(null));
    }
    return began;
  }

  /** A dial that has to be refused for a date. */
  private void refused(CompletableFuture<Flow> dial, String what) {
    ExecutionException error =
        assertThrows(
            ExecutionException.class,
            () -> dial.get(TestLoop.DEADLINE.toSeconds(), TimeUnit.SECONDS));
    TrustFailure failure = TrustFailure.in(error);
    assertNotNull(failure, () -> "no failure of ours: " + error);
    assertEquals(TrustFailure.Check.DATE, failure.check());
    String message = error.getCause().getMessage();
    assertTrue(message.startsWith("TLS handshake with 127.0.0.1:"), message);
    assertTrue(message.contains("of a.example failed the date check: " + what), message);
  }

  /** The server is told nothing of it, because no certificate was asked for. */
  private void refusedWhenResumed(ServerTls tls, String what) throws Exception {
    CompletableFuture<Flow> dial = dial();
    Handshaking accepting = server.next(tls.engine());
    refused(dial, what);
    assertFalse(alerted(accepting));
  }

  private void refusedInFull(ServerTls tls, String what) throws Exception {
    CompletableFuture<Flow> dial = dial();
    Handshaking accepting = server.next(tls.engine());
    refused(dial, what);
    assertTrue(alerted(accepting));
  }

  private boolean alerted(Handshaking accepting) throws Exception {
    try {
      TlsFlow flow = accepting.flow();
      loop.run(() -> flow.abort(null));
      return false;
    } catch (ExecutionException e) {
      return e.getCause().getMessage().contains("alert: ");
    }
  }

  @Test
  void aSessionIsResumedUntilItsCertificateEnds() throws Exception {
    ServerTls tls = server(month);
    long began = connect(tls);
    now = now.plus(Duration.ofDays(29));
    assertEquals(began, connect(tls), "not resumed");
    now = now.plus(Duration.ofDays(2));
    refusedWhenResumed(tls, "CN=month expired at ");
    assertEquals(1, shown.size());
    connect(server(year));
    assertEquals(2, shown.size());
  }

  @Test
  void onceOneIsRefusedTheTicketsOfTheOthersAreForgotten() throws Exception {
    ServerTls tls = server(month);
    connect(tls, SLOTS);
    now = now.plus(Duration.ofDays(31));
    refusedWhenResumed(tls, "CN=month expired at ");
    for (int i = 0; i < 2 * SLOTS; i++) {
      refusedInFull(tls, "CN=month expired at ");
    }
  }

  @Test
  void theEndOfAnIssuerEndsTheSessionToo() throws Exception {
    ServerTls tls = server(leaf, middle.crt());
    connect(tls);
    now = now.plus(Duration.ofDays(31));
    refusedWhenResumed(tls, "CN=middle expired at ");
  }

  /** As those of cross-signed roots often are. */
  @Test
  void aCertificateThatHadEndedBeforeItBeganDoesNotMatter() throws Exception {
    ServerTls tls = server(year, old.crt());
    long began = connect(tls);
    assertEquals(began, connect(tls), "not resumed");
  }

  @Test
  void withoutVerificationDatesDoNotMatter() throws Exception {
    trust(TrustChoice.unverified(Optional.empty()));
    ServerTls tls = server(month);
    long began = connect(tls);
    now = now.plus(Duration.ofDays(31));
    assertEquals(began, connect(tls), "not resumed");
  }
}
