package io.nodepass.it;

import static io.nodepass.it.LegacyScene.PATIENCE;
import static io.nodepass.it.LegacyScene.expectCleanClient;
import static io.nodepass.it.LegacyScene.expectCleanServer;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.nodepass.testkit.LegacyClientDouble;
import io.nodepass.testkit.LegacyServerDouble;
import io.nodepass.testkit.Stage;
import io.nodepass.testkit.Tunnel;
import io.nodepass.testkit.Users;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** The packaged program in either role, and in both, with the two TLS modes of the original. */
@Timeout(180)
@ParameterizedClass(name = "tls={0}")
@ValueSource(ints = {1, 2})
class LegacyTlsIT {
  private static final int SOME = 10_000;
  private static final int LARGE = 256;
  private static final int DEFAULT = 16;

  @RegisterExtension final Stage stage = new Stage();
  @TempDir Path directory;

  private final int mode;
  private LegacyScene scene;

  LegacyTlsIT(int mode) {
    this.mode = mode;
  }

  @BeforeEach
  void startTarget() throws IOException {
    scene = new LegacyScene(stage, TlsSetting.of(mode, directory));
  }

  @Test
  @Tag("slow")
  void ourServerCarriesAThousandUsersInARowOverALargePool() {
    Tunnel tunnel = scene.ourServer();
    LegacyClientDouble client = scene.legacyClient(tunnel, LARGE);
    tunnel.users(PATIENCE).inARow(1_000, SOME);
    expectCleanClient(client, 1_000);
  }

  @Test
  void ourServerCarriesTwoHundredUsersAtOnceOverALargePool() {
    Tunnel tunnel = scene.ourServer();
    LegacyClientDouble client = scene.legacyClient(tunnel, LARGE);
    tunnel.users(PATIENCE).together(200, SOME);
    expectCleanClient(client, 200);
  }

  /** Sixteen connections a second: the users must wait, and none may be given up. */
  @Test
  @Tag("slow")
  void ourServerCarriesAThousandUsersInARowOverTheDefaultPool() {
    Tunnel tunnel = scene.ourServer();
    LegacyClientDouble client = scene.legacyClient(tunnel, DEFAULT);
    tunnel.users(PATIENCE).inARow(1_000, SOME);
    expectCleanClient(client, 1_000);
  }

  @Test
  @Tag("slow")
  void ourServerCarriesTwoHundredUsersAtOnceOverTheDefaultPool() {
    Tunnel tunnel = scene.ourServer();
    LegacyClientDouble client = scene.legacyClient(tunnel, DEFAULT);
    tunnel.users(PATIENCE).together(200, SOME);
    expectCleanClient(client, 200);
  }

  @Test
  @Tag("slow")
  void ourClientCarriesAThousandUsersInARowOverALargePool() throws IOException {
    LegacyServerDouble server = scene.legacyServer();
    scene.ourClient(server, LARGE);
    scene.usersOf(server, LARGE).inARow(1_000, SOME);
    expectCleanServer(server, 1_000);
  }

  @Test
  @Tag("slow")
  void ourClientCarriesTwoHundredUsersAtOnceOverALargePool() throws IOException {
    LegacyServerDouble server = scene.legacyServer();
    scene.ourClient(server, LARGE);
    scene.usersOf(server, LARGE).together(200, SOME);
    expectCleanServer(server, 200);
  }

  @Test
  @Tag("slow")
  void ourClientCarriesAThousandUsersInARowOverTheDefaultPool() throws IOException {
    LegacyServerDouble server = scene.legacyServer();
    scene.ourClient(server, DEFAULT);
    Users.of(server.ingress(), PATIENCE).inARow(1_000, SOME);
    expectCleanServer(server, 1_000);
  }

  /** Fresh connections are signalled at once here, before our client can have read their id. */
  @Test
  void ourClientCarriesTwoHundredUsersAtOnceOverTheDefaultPool() throws IOException {
    LegacyServerDouble server = scene.legacyServer();
    scene.ourClient(server, DEFAULT);
    Users.of(server.ingress(), PATIENCE).together(200, SOME);
    expectCleanServer(server, 200);
  }

  @Test
  void bothEndsOfOursCarryAThousandUsersInARow() {
    Tunnel tunnel = scene.ours(DEFAULT);
    tunnel.users(PATIENCE).inARow(1_000, SOME);
    assertEquals(1_000, scene.carried());
  }

  @Test
  void bothEndsOfOursCarryTwoHundredUsersAtOnce() {
    Tunnel tunnel = scene.ours(DEFAULT);
    tunnel.users(PATIENCE).together(200, SOME);
    tunnel.users(PATIENCE).together(200, SOME);
    assertEquals(400, scene.carried());
  }

  @Test
  @Tag("slow")
  void bothEndsOfOursCarryTwoHundredUsersAtOnceOverALargePool() {
    Tunnel tunnel = scene.ours(LARGE);
    tunnel.users(PATIENCE).together(200, SOME);
    assertEquals(200, scene.carried());
  }
}
