package io.nodepass.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The two doubles against each other. The pool is full before a user comes: the original signals a
 * fresh connection at once and its client may not have stored it yet, which is a race of theirs and
 * not what is tested here.
 */
@Timeout(60)
class LegacyDoublesLoopbackTest {
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final int POOL = 512;

  private EchoServer echo;
  private LegacyServerDouble server;

  @BeforeEach
  void open() throws IOException {
    echo = EchoServer.start();
    // A short interval, as the original notices a lost control channel only when it writes.
    server =
        LegacyServerDouble.start(
            new LegacyServerDouble.Settings(
                0, 0, 1024, Duration.ofMillis(100), Duration.ofMillis(100)));
  }

  @AfterEach
  void close() {
    server.close();
    echo.close();
  }

  @Test
  void twoHundredUsersAtOnceGetTheirBytes() {
    try (LegacyClientDouble client = fullClient(POOL)) {
      Users.of(server.ingress(), PATIENCE).together(200, 50_000);
      assertEquals(200, client.carried());
      assertEquals(0, client.unknownIds());
    }
  }

  @Test
  void threeHundredUsersInARowGetTheirBytes() {
    try (LegacyClientDouble client = fullClient(POOL)) {
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
    try (LegacyClientDouble next = LegacyClientDouble.start(server.tunnel(), echo.address())) {
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
    return full(
        LegacyClientDouble.start(
            LegacyClientDouble.Settings.DEFAULTS.withPool(pool, 1024),
            server.tunnel(),
            echo.address()),
        pool);
  }

  private LegacyClientDouble clientTo(ServerSocket target, int pool) {
    return full(
        LegacyClientDouble.start(server.tunnel(), Ports.loopback(target.getLocalPort())), pool);
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
