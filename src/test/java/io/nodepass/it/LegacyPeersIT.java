package io.nodepass.it;

import static io.nodepass.it.LegacyScene.PATIENCE;
import static io.nodepass.it.LegacyScene.START;
import static io.nodepass.it.LegacyScene.expectCleanClient;
import static io.nodepass.it.LegacyScene.expectCleanServer;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.nodepass.testkit.Await;
import io.nodepass.testkit.LegacyClientDouble;
import io.nodepass.testkit.LegacyServerDouble;
import io.nodepass.testkit.NodePassProcess;
import io.nodepass.testkit.Stage;
import io.nodepass.testkit.Tunnel;
import io.nodepass.testkit.Users;
import java.io.IOException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The packaged program in either role, with the original's behaviour at the other end. */
@Timeout(180)
class LegacyPeersIT {
  private static final int SOME = 10_000;

  @RegisterExtension final Stage stage = new Stage();

  private LegacyScene scene;

  @BeforeEach
  void startTarget() throws IOException {
    scene = new LegacyScene(stage, TlsSetting.none());
  }

  @Test
  void ourServerCarriesAThousandUsersInARowOverALargePool() {
    Tunnel tunnel = scene.ourServer();
    LegacyClientDouble client = scene.legacyClient(tunnel, 256);
    tunnel.users(PATIENCE).inARow(1_000, SOME);
    expectCleanClient(client, 1_000);
  }

  @Test
  void ourServerCarriesTwoHundredUsersAtOnceOverALargePool() {
    Tunnel tunnel = scene.ourServer();
    LegacyClientDouble client = scene.legacyClient(tunnel, 256);
    tunnel.users(PATIENCE).together(200, SOME);
    expectCleanClient(client, 200);
  }

  /** Sixteen connections a second: the users must wait, and none may be given up. */
  @Test
  @Tag("slow")
  void ourServerCarriesAThousandUsersInARowOverTheDefaultPool() {
    Tunnel tunnel = scene.ourServer();
    LegacyClientDouble client = scene.legacyClient(tunnel, 16);
    tunnel.users(PATIENCE).inARow(1_000, SOME);
    expectCleanClient(client, 1_000);
  }

  @Test
  void ourServerCarriesTwoHundredUsersAtOnceOverTheDefaultPool() {
    Tunnel tunnel = scene.ourServer();
    LegacyClientDouble client = scene.legacyClient(tunnel, 16);
    tunnel.users(PATIENCE).together(200, SOME);
    expectCleanClient(client, 200);
  }

  @Test
  void ourServerTakesTheNextClientWhenTheFirstIsGone() throws IOException {
    Tunnel tunnel = scene.ourServer();
    scene.legacyClient(tunnel, 16).close();
    LegacyClientDouble next = scene.legacyClient(tunnel, 16);
    tunnel.users(PATIENCE).roundTrip(1, SOME);
    assertEquals(0, next.unknownIds());
  }

  @Test
  void ourClientCarriesAThousandUsersInARowOverALargePool() throws IOException {
    LegacyServerDouble server = scene.legacyServer();
    scene.ourClient(server, 256);
    scene.usersOf(server, 256).inARow(1_000, SOME);
    expectCleanServer(server, 1_000);
  }

  @Test
  void ourClientCarriesTwoHundredUsersAtOnceOverALargePool() throws IOException {
    LegacyServerDouble server = scene.legacyServer();
    scene.ourClient(server, 256);
    scene.usersOf(server, 256).together(200, SOME);
    expectCleanServer(server, 200);
  }

  @Test
  void ourClientCarriesAThousandUsersInARowOverTheDefaultPool() throws IOException {
    LegacyServerDouble server = scene.legacyServer();
    scene.ourClient(server, 16);
    Users.of(server.ingress(), PATIENCE).inARow(1_000, SOME);
    expectCleanServer(server, 1_000);
  }

  /** Fresh connections are signalled at once here, before our client can have read their id. */
  @Test
  void ourClientCarriesTwoHundredUsersAtOnceOverTheDefaultPool() throws IOException {
    LegacyServerDouble server = scene.legacyServer();
    scene.ourClient(server, 16);
    Users.of(server.ingress(), PATIENCE).together(200, SOME);
    expectCleanServer(server, 200);
  }

  @Test
  void ourClientFindsTheServerAgainAfterItsRebuild() throws IOException {
    LegacyServerDouble server = scene.legacyServer();
    NodePassProcess client = scene.ourClient(server, 16);
    server.dropControl();
    client.awaitLine("control channel lost", START);
    Await.until("a second control channel", START, () -> server.controls() == 2);
    Users.of(server.ingress(), PATIENCE).inARow(20, SOME);
  }
}
