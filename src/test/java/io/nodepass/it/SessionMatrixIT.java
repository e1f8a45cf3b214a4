package io.nodepass.it;

import static io.nodepass.it.SessionScene.KEY;
import static io.nodepass.it.SessionScene.PATIENCE;
import static io.nodepass.it.SessionScene.SOON;
import static io.nodepass.it.SessionScene.expectWarning;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nodepass.testkit.Await;
import io.nodepass.testkit.LegacyClientDouble;
import io.nodepass.testkit.LegacyServerDouble;
import io.nodepass.testkit.NodePassProcess;
import io.nodepass.testkit.SessionClientDouble;
import io.nodepass.testkit.SessionPipe;
import io.nodepass.testkit.SessionRefused;
import io.nodepass.testkit.SessionServerDouble;
import io.nodepass.testkit.Stage;
import io.nodepass.testkit.TamperingProxy;
import io.nodepass.testkit.Tunnel;
import io.nodepass.testkit.Users;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every kind of server with every kind of client, in each TLS mode, with a key and without: users
 * are carried, or both ends say why not.
 */
@Timeout(120)
@ParameterizedClass(name = "tls={0}")
@ValueSource(ints = {0, 1, 2})
class SessionMatrixIT {
  private static final int SOME = 10_000;
  private static final int USERS = 20;

  @RegisterExtension final Stage stage = new Stage();
  @TempDir Path directory;

  private final int mode;
  private TlsSetting tls;
  private SessionScene scene;

  SessionMatrixIT(int mode) {
    this.mode = mode;
  }

  @BeforeEach
  void openTarget() throws IOException {
    tls = TlsSetting.of(mode, directory);
    scene = new SessionScene(stage, tls);
  }

  private void expectUsersToBeCarried(Users users) {
    users.inARow(USERS, SOME);
    users.together(USERS, SOME);
    assertEquals(2 * USERS, scene.echo().accepted());
    assertEquals(0, scene.echo().broken());
  }

  @ParameterizedTest
  @NullSource
  @ValueSource(strings = KEY)
  void bothOfOursCarryUsersInASession(String key) throws IOException {
    Tunnel tunnel = scene.plan(key, key).prepare(stage);
    tunnel.startServer();
    TamperingProxy path = stage.add(TamperingProxy.to(tunnel.control()).start());
    tunnel.through(path.address());
    tunnel.startClient();
    tunnel.awaitConnected();
    expectUsersToBeCarried(tunnel.users(PATIENCE));
    String answer = "//" + tunnel.control().getPort() + "?v=2#" + mode + "\n";
    String said = path.controls().get(0).downText();
    assertTrue(said.startsWith(answer), said);
  }

  @Test
  void keyOfTheServerAloneIsRefusedOnBothEnds() throws IOException {
    expectRefusal(KEY, null, "key-missing");
  }

  @Test
  void keyOfTheClientAloneIsRefusedOnBothEnds() throws IOException {
    expectRefusal(null, KEY, "key-unexpected");
  }

  @Test
  void differentKeysAreRefusedOnBothEnds() throws IOException {
    expectRefusal(KEY, "another", "key-wrong");
  }

  private void expectRefusal(String serverKey, String clientKey, String code) throws IOException {
    Tunnel tunnel = scene.plan(serverKey, clientKey).prepare(stage);
    tunnel.startServer();
    tunnel.startClient();
    expectWarning(tunnel.client(), code, "localhost:" + tunnel.control().getPort());
    expectWarning(tunnel.server(), "refused", "key", "127.0.0.1:");
    scene.expectNobodyToReachTheTarget(tunnel.ingress());
    assertEquals(0, tunnel.client().linesWith("client ready: "));
    assertEquals(0, tunnel.server().linesWith("client connected: "));
  }

  @Test
  void ourServerCarriesUsersToALegacyClient() {
    Tunnel tunnel = scene.ourServer(null);
    LegacyClientDouble client = legacyClient(tunnel);
    Await.until("some are ready", SOON, () -> client.ready() >= 16);
    expectUsersToBeCarried(tunnel.users(PATIENCE));
    assertEquals(0, client.unknownIds());
    assertEquals(0, client.foreignLines());
  }

  @Test
  void ourServerWithAKeyRefusesALegacyClientAndTellsIt() throws IOException {
    Tunnel tunnel = scene.ourServer(KEY);
    LegacyClientDouble client = legacyClient(tunnel);
    expectWarning(tunnel.server(), "key", "127.0.0.1:");
    assertEquals(0, client.controls());
    assertEquals(0, client.pooled());
    try (SessionPipe silent = SessionPipe.dial(tunnel.control())) {
      assertEquals("key-missing", assertThrows(SessionRefused.class, silent::text).code());
    }
    scene.expectNobodyToReachTheTarget(tunnel.ingress());
  }

  private LegacyClientDouble legacyClient(Tunnel tunnel) {
    return stage.add(
        LegacyClientDouble.start(
            LegacyClientDouble.Settings.DEFAULTS.withPool(16, 1024).trusting(tls.issuer()),
            tunnel.control(),
            scene.echo().address()));
  }

  @Test
  void ourClientCarriesUsersOfALegacyServer() throws IOException {
    LegacyServerDouble server = legacyServer();
    NodePassProcess client = scene.ourClient(server.tunnel(), null);
    client.awaitLine("client ready: ", SOON);
    expectUsersToBeCarried(Users.of(server.ingress(), PATIENCE));
    assertEquals(1, server.controls());
    assertEquals(0, server.probesFailed());
  }

  @Test
  void ourClientWithAKeyRefusesALegacyServer() throws IOException {
    LegacyServerDouble server = legacyServer();
    NodePassProcess client = scene.ourClient(server.tunnel(), KEY);
    expectWarning(client, "key", "localhost:" + server.tunnel().getPort());
    scene.expectNobodyToReachTheTarget(server.ingress());
    assertEquals(0, server.pooled());
    assertEquals(0, client.linesWith("client ready: "));
  }

  private LegacyServerDouble legacyServer() throws IOException {
    Duration pause = Duration.ofMillis(200);
    return stage.add(
        LegacyServerDouble.start(
            LegacyServerDouble.Settings.DEFAULTS
                .withPauses(pause, pause)
                .withTls(mode, tls.identity())));
  }

  @Test
  void legacyServerAndLegacyClientCarryUsersAsEver() throws IOException {
    LegacyServerDouble server = legacyServer();
    LegacyClientDouble client =
        stage.add(
            LegacyClientDouble.start(
                LegacyClientDouble.Settings.DEFAULTS.withPool(64, 1024).trusting(tls.issuer()),
                server.tunnel(),
                scene.echo().address()));
    Await.until("they are ready", SOON, () -> client.ready() >= 64 && server.ready() >= 64);
    expectUsersToBeCarried(Users.of(server.ingress(), PATIENCE));
  }

  /** Written from the page of the protocol alone, so that both understand the same by it. */
  @ParameterizedTest
  @NullSource
  @ValueSource(strings = KEY)
  void ourServerUnderstandsASecondImplementationsClient(String key) throws IOException {
    Tunnel tunnel = scene.ourServer(key);
    SessionClientDouble client = stage.add(scene.clientPlan(key).start(tunnel.control()));
    expectUsersToBeCarried(tunnel.users(PATIENCE));
    assertEquals(2 * USERS, client.carried());
  }

  @ParameterizedTest
  @NullSource
  @ValueSource(strings = KEY)
  void ourClientUnderstandsASecondImplementationsServer(String key) throws IOException {
    SessionServerDouble server = stage.add(scene.doublePlan(key).start());
    NodePassProcess client = scene.ourClient(server.tunnel(), key);
    client.awaitLine("client ready: ", SOON);
    expectUsersToBeCarried(Users.of(server.ingress(), PATIENCE));
    assertEquals(1, server.sessions().size());
    assertEquals(0, server.legacyDials());
    assertTrue(server.refusals().isEmpty(), server::toString);
  }
}
