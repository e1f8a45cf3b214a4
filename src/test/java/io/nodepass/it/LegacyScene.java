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

/** The packaged program at one end, or at both, and a double of the original at the other. */
final class LegacyScene {
  /** An arrival may wait up to 30 s for a ready connection of an original with a small pool. */
  static final Duration PATIENCE = Duration.ofSeconds(35);

  static final Duration START = Duration.ofSeconds(15);
  private static final Duration COOLDOWN = Duration.ofMillis(200);
  private static final int MOST = 1024;

  private final Stage stage;
  private final EchoServer echo;
  private final TlsSetting tls;

  LegacyScene(Stage stage, TlsSetting tls) throws IOException {
    this.stage = stage;
    this.tls = tls;
    this.echo = stage.add(EchoServer.start());
  }

  private Tunnel.Plan plan() {
    return Tunnel.to(echo.address())
        .host("localhost")
        .serverParameters(tls.serverParameters())
        .clientParameters(tls.clientParameters())
        .env("SERVICE_COOLDOWN", "200ms");
  }

  /** Connections that reached the target. */
  int carried() {
    return echo.accepted();
  }

  Tunnel ourServer() {
    Tunnel tunnel = plan().prepare(stage);
    tunnel.startServer();
    return tunnel;
  }

  /** Both ends ours, with so many connections ahead of need. */
  Tunnel ours(int pool) {
    return plan().env("MIN_POOL_CAPACITY", pool).start(stage);
  }

  /** The double with its pool filled. */
  LegacyClientDouble legacyClient(Tunnel tunnel, int pool) {
    LegacyClientDouble client =
        stage.add(
            LegacyClientDouble.start(
                LegacyClientDouble.Settings.DEFAULTS.withPool(pool, MOST).trusting(tls.issuer()),
                tunnel.control(),
                echo.address()));
    Await.until(
        () -> "a full pool; there are " + client.ready(), START, () -> client.ready() >= pool);
    return client;
  }

  LegacyServerDouble legacyServer() throws IOException {
    return stage.add(
        LegacyServerDouble.start(
            LegacyServerDouble.Settings.DEFAULTS
                .withPauses(COOLDOWN, COOLDOWN)
                .withTls(tls.mode(), tls.identity())));
  }

  NodePassProcess ourClient(LegacyServerDouble server, int pool) {
    NodePassProcess client =
        stage.add(
            NodePassProcess.launch()
                .env("SERVICE_COOLDOWN", "200ms")
                .env("MIN_POOL_CAPACITY", pool)
                .start(
                    "client",
                    "client://localhost:"
                        + server.tunnel().getPort()
                        + "/127.0.0.1:"
                        + echo.address().getPort()
                        + "?log=debug"
                        + tls.clientParameters()));
    client.awaitLine("client ready: ", START);
    return client;
  }

  /** The double's users, once our client has filled its pool. */
  Users usersOf(LegacyServerDouble server, int pool) {
    Await.until(
        () -> "a full pool; there are " + server.ready(), START, () -> server.ready() >= pool);
    return Users.of(server.ingress(), PATIENCE);
  }

  /** What a server must never do to an original client. */
  static void expectCleanClient(LegacyClientDouble client, int users) {
    assertEquals(users, client.carried(), "users carried");
    assertEquals(0, client.unknownIds(), "signals that came before their id, or were made up");
    assertEquals(0, client.brokenIds(), "ids that did not come in one piece");
    assertEquals(0, client.foreignLines(), "control lines the original does not know");
    assertEquals(0, client.refused(), "handshakes that failed");
    assertEquals(1, client.controls(), "control channels");
  }

  /** What a client must never do to an original server. */
  static void expectCleanServer(LegacyServerDouble server, int users) {
    assertEquals(users, server.carried(), "users carried");
    assertEquals(0, server.probesFailed(), "ready connections that were dead or had spoken");
    assertEquals(0, server.refused(), "handshakes that failed");
    assertEquals(1, server.controls(), "control channels");
  }
}
