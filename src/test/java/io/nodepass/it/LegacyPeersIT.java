package io.nodepass.it;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.nodepass.testkit.Await;
import io.nodepass.testkit.EchoServer;
import io.nodepass.testkit.LegacyClientDouble;
import io.nodepass.testkit.LegacyServerDouble;
import io.nodepass.testkit.NodePassProcess;
import io.nodepass.testkit.Stage;
import io.nodepass.testkit.Tunnel;
import io.nodepass.testkit.Users;
import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The packaged program in either role, with the original's behaviour at the other end. */
@Timeout(180)
class LegacyPeersIT {
  /** An arrival may wait up to 30 s for a ready connection of an original with a small pool. */
  private static final Duration PATIENCE = Duration.ofSeconds(35);

  private static final Duration START = Duration.ofSeconds(15);
  private static final int SOME = 10_000;

  @RegisterExtension final Stage stage = new Stage();

  private EchoServer echo;

  @BeforeEach
  void startTarget() throws IOException {
    echo = stage.add(EchoServer.start());
  }

  @Test
  void ourServerCarriesAThousandUsersInARowOverALargePool() {
    Tunnel tunnel = server();
    LegacyClientDouble client = legacyClient(tunnel, 256);
    tunnel.users(PATIENCE).inARow(1_000, SOME);
    expectCleanClient(client, 1_000);
  }

  @Test
  void ourServerCarriesTwoHundredUsersAtOnceOverALargePool() {
    Tunnel tunnel = server();
    LegacyClientDouble client = legacyClient(tunnel, 256);
    tunnel.users(PATIENCE).together(200, SOME);
    expectCleanClient(client, 200);
  }

  /** Sixteen connections a second: the users must wait, and none may be given up. */
  @Test
  @Tag("slow")
  void ourServerCarriesAThousandUsersInARowOverTheDefaultPool() {
    Tunnel tunnel = server();
    LegacyClientDouble client = legacyClient(tunnel, 16);
    tunnel.users(PATIENCE).inARow(1_000, SOME);
    expectCleanClient(client, 1_000);
  }

  @Test
  void ourServerCarriesTwoHundredUsersAtOnceOverTheDefaultPool() {
    Tunnel tunnel = server();
    LegacyClientDouble client = legacyClient(tunnel, 16);
    tunnel.users(PATIENCE).together(200, SOME);
    expectCleanClient(client, 200);
  }

  @Test
  void ourServerTakesTheNextClientWhenTheFirstIsGone() throws IOException {
    Tunnel tunnel = server();
    legacyClient(tunnel, 16).close();
    LegacyClientDouble next = legacyClient(tunnel, 16);
    tunnel.users(PATIENCE).roundTrip(1, SOME);
    assertEquals(0, next.unknownIds());
  }

  @Test
  void ourClientCarriesAThousandUsersInARowOverALargePool() throws IOException {
    LegacyServerDouble server = legacyServer();
    client(server, 256);
    Await.until("a full pool", START, () -> server.ready() >= 256);
    Users.of(server.ingress(), PATIENCE).inARow(1_000, SOME);
    expectCleanServer(server, 1_000);
  }

  @Test
  void ourClientCarriesTwoHundredUsersAtOnceOverALargePool() throws IOException {
    LegacyServerDouble server = legacyServer();
    client(server, 256);
    Await.until("a full pool", START, () -> server.ready() >= 256);
    Users.of(server.ingress(), PATIENCE).together(200, SOME);
    expectCleanServer(server, 200);
  }

  @Test
  void ourClientCarriesAThousandUsersInARowOverTheDefaultPool() throws IOException {
    LegacyServerDouble server = legacyServer();
    client(server, 16);
    Users.of(server.ingress(), PATIENCE).inARow(1_000, SOME);
    expectCleanServer(server, 1_000);
  }

  /** Fresh connections are signalled at once here, before our client can have read their id. */
  @Test
  void ourClientCarriesTwoHundredUsersAtOnceOverTheDefaultPool() throws IOException {
    LegacyServerDouble server = legacyServer();
    client(server, 16);
    Users.of(server.ingress(), PATIENCE).together(200, SOME);
    expectCleanServer(server, 200);
  }

  @Test
  void ourClientFindsTheServerAgainAfterItsRebuild() throws IOException {
    LegacyServerDouble server = legacyServer();
    NodePassProcess client = client(server, 16);
    server.dropControl();
    client.awaitLine("control channel lost", START);
    Await.until("a second control channel", START, () -> server.controls() == 2);
    Users.of(server.ingress(), PATIENCE).inARow(20, SOME);
  }

  private Tunnel server() {
    Tunnel tunnel = Tunnel.to(echo.address()).env("SERVICE_COOLDOWN", "200ms").prepare(stage);
    tunnel.startServer();
    return tunnel;
  }

  private LegacyClientDouble legacyClient(Tunnel tunnel, int pool) {
    LegacyClientDouble client =
        stage.add(
            LegacyClientDouble.start(
                LegacyClientDouble.Settings.DEFAULTS.withPool(pool, 1024),
                tunnel.control(),
                echo.address()));
    Await.until(
        () -> "a full pool; there are " + client.ready(), START, () -> client.ready() >= pool);
    return client;
  }

  private LegacyServerDouble legacyServer() throws IOException {
    return stage.add(
        LegacyServerDouble.start(
            LegacyServerDouble.Settings.DEFAULTS.withPauses(
                Duration.ofMillis(200), Duration.ofMillis(200))));
  }

  private NodePassProcess client(LegacyServerDouble server, int pool) {
    NodePassProcess client =
        stage.add(
            NodePassProcess.launch()
                .env("SERVICE_COOLDOWN", "200ms")
                .env("MIN_POOL_CAPACITY", pool)
                .start(
                    "client",
                    "client://127.0.0.1:"
                        + server.tunnel().getPort()
                        + "/127.0.0.1:"
                        + echo.address().getPort()
                        + "?log=debug"));
    client.awaitLine("client ready: ", START);
    return client;
  }

  /** What a server must never do to an original client. */
  private static void expectCleanClient(LegacyClientDouble client, int users) {
    assertEquals(users, client.carried(), "users carried");
    assertEquals(0, client.unknownIds(), "signals that came before their id, or were made up");
    assertEquals(0, client.brokenIds(), "ids that did not come in one piece");
    assertEquals(0, client.foreignLines(), "control lines the original does not know");
    assertEquals(1, client.controls(), "control channels");
  }

  /** What a client must never do to an original server. */
  private static void expectCleanServer(LegacyServerDouble server, int users) {
    assertEquals(users, server.carried(), "users carried");
    assertEquals(0, server.probesFailed(), "ready connections that were dead or had spoken");
    assertEquals(1, server.controls(), "control channels");
  }
}
