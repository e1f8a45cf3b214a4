package io.nodepass.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The two doubles against each other, in each TLS mode. The pool is full before a user comes: the
 * original signals a fresh connection at once and its client may not have stored it yet, which is a
 * race of theirs and not what is tested here.
 */
@Timeout(60)
@ParameterizedClass(name = "tls={0}")
@ValueSource(ints = {0, 1, 2})
class LegacyDoublesLoopbackTest {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  @TempDir private static Path directory;
  private static Openssl.Issued identity;
  private static Path issuer;

  private final int mode;

  /** More than any test needs; each of them costs a handshake with TLS. */
  private final int pool;

  private EchoServer echo;
  private LegacyServerDouble server;

  LegacyDoublesLoopbackTest(int mode) {
    this.mode = mode;
    this.pool = mode == 0 ? 512 : 320;
  }

  @BeforeAll
  static void makeCertificates() throws IOException {
    Openssl openssl = new Openssl(directory);
    Openssl.Issued root = openssl.root("root");
    identity = openssl.server("server", root, Openssl.EC, "DNS:localhost");
    issuer = root.crt();
  }

  @BeforeEach
  void open() throws IOException {
    echo = EchoServer.start();
    // A short interval, as the original notices a lost control channel only when it writes.
    server =
        LegacyServerDouble.start(
            LegacyServerDouble.Settings.DEFAULTS
                .withPauses(Duration.ofMillis(100), Duration.ofMillis(100))
                .withTls(mode, identity));
  }

  @AfterEach
  void close() {
    server.close();
    echo.close();
  }

  @Test
  void twoHundredUsersAtOnceGetTheirBytes() {
    try (LegacyClientDouble client = fullClient(pool)) {
      Users.of(server.ingress(), PATIENCE).together(200, 50_000);
      assertEquals(200, client.carried());
      assertEquals(0, client.unknownIds());
    }
  }

  @Test
  void threeHundredUsersInARowGetTheirBytes() {
    try (LegacyClientDouble client = fullClient(pool)) {
      Users.of(server.ingress(), PATIENCE).inARow(300, 20_000);
      assertEquals(300, client.carried());
      assertEquals(300, server.carried());
      assertEquals(0, server.probesFailed());
    }
  }

  @Test
  void userEndsFirstAndStillGetsTheAnswer() throws IOException {
    try (ServerSocket target = new ServerSocket(0, 10, Ports.loopback(0).getAddress());
        LegacyClientDouble client = clientTo(target, 16);
        Socket user = Users.connect(server.ingress(), PATIENCE);
        Socket service = target.accept()) {
      service.setSoTimeout((int) PATIENCE.toMillis());
      user.getOutputStream().write(ascii("question"));
      user.shutdownOutput();
      assertEquals("question", text(service));
      service.getOutputStream().write(ascii("answer"));
      service.shutdownOutput();
      assertEquals("answer", text(user));
      Await.until("the client's exchange ends", PATIENCE, () -> client.active() == 0);
    }
  }

  @Test
  void serviceEndsFirstAndStillGetsTheRest() throws IOException {
    try (ServerSocket target = new ServerSocket(0, 10, Ports.loopback(0).getAddress());
        LegacyClientDouble client = clientTo(target, 16);
        Socket user = Users.connect(server.ingress(), PATIENCE);
        Socket service = target.accept()) {
      service.setSoTimeout((int) PATIENCE.toMillis());
      service.getOutputStream().write(ascii("greeting"));
      service.shutdownOutput();
      assertEquals("greeting", text(user));
      user.getOutputStream().write(ascii("thanks"));
      user.shutdownOutput();
      assertEquals("thanks", text(service));
      Await.until("the client's exchange ends", PATIENCE, () -> client.active() == 0);
    }
  }

  @Test
  void deadPooledConnectionsAreFoundByTheProbe() {
    LegacyClientDouble gone = fullClient(16);
    gone.close();
    try (LegacyClientDouble next =
        LegacyClientDouble.start(settings(16), server.tunnel(), echo.address())) {
      try (Socket user = Users.connect(server.ingress(), PATIENCE)) {
        assertTrue(user.isConnected());
        Await.until("dead ones are dropped", PATIENCE, () -> server.probesFailed() == 16);
        assertEquals(0, next.carried(), "the server takes no second control client");
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }
  }

  @Test
  void droppedControlIsRebuiltByBoth() throws IOException {
    try (LegacyClientDouble client = fullClient(64)) {
      server.dropControl();
      Await.until("a second control channel", PATIENCE, () -> client.controls() == 2);
      Await.until("a full pool again", PATIENCE, () -> server.ready() == 64);
      Users.of(server.ingress(), PATIENCE).roundTrip(1, 1_000);
    }
  }

  private LegacyClientDouble fullClient(int pool) {
    return full(LegacyClientDouble.start(settings(pool), server.tunnel(), echo.address()), pool);
  }

  private LegacyClientDouble clientTo(ServerSocket target, int pool) {
    return full(
        LegacyClientDouble.start(
            settings(pool), server.tunnel(), Ports.loopback(target.getLocalPort())),
        pool);
  }

  private static LegacyClientDouble.Settings settings(int pool) {
    return LegacyClientDouble.Settings.DEFAULTS.withPool(pool, 1024).trusting(issuer);
  }

  private LegacyClientDouble full(LegacyClientDouble client, int pool) {
    Await.until("a full pool", PATIENCE, () -> server.ready() >= pool && client.ready() >= pool);
    return client;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static String text(Socket socket) throws IOException {
    return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
  }
}
