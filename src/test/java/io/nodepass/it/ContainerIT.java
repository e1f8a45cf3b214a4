package io.nodepass.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nodepass.testkit.NodePassProcess;
import io.nodepass.testkit.Patterns;
import io.nodepass.testkit.RealProgram;
import io.nodepass.testkit.Stage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A server of which a client can reach one port and nothing else, as in a container. */
@Timeout(120)
class ContainerIT {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final int SIZE = 5_000_000;
  private static final int CONNECTIONS = 30;
  private static final String KEY =
      "5d3f0a61c9b84e27d0f1a6b2c3e48597f6a1d2e3b4c50718293a4b5c6d7e8f90";

  @RegisterExtension final Stage stage = new Stage();

  @TempDir Path directory;

  private PublishedServer scene;
  private int target;

  @BeforeEach
  void serveAFileBesideTheClient() throws IOException {
    scene = PublishedServer.prepare(stage);
    Files.write(directory.resolve("page"), Patterns.bytes(7, SIZE));
    Files.writeString(directory.resolve("note"), "from behind");
    target = scene.nginx(directory, directory).address().getPort();
  }

  @ParameterizedTest
  @CsvSource({"tls=0, false", "tls=1, false", "tls=1, true"})
  void onePublishedPortIsEnoughForASession(String tls, boolean withKey) throws IOException {
    String key = withKey ? KEY : null;
    scene.startServer("log=debug&proto=session&" + tls, key);
    scene.startClient(target, "log=debug&proto=session", key);
    scene.awaitConnected();
    usersAreServed();
    nothingElseIsReached();
  }

  /** What both ends do when nobody tells them anything. */
  @Test
  void onePublishedPortIsEnoughByDefault() throws IOException {
    scene.startServer("log=debug", null);
    scene.startClient(target, "log=debug", null);
    scene.awaitConnected();
    usersAreServed();
  }

  @Test
  void theLegacyDialectNeedsASecondPort() throws IOException {
    scene.startServer("log=debug&proto=legacy&ports=7000-7000", null);
    NodePassProcess client = scene.startClient(target, "log=debug&proto=legacy", null);
    client.awaitLine("data connection failed: ", PATIENCE);
    assertEquals(0, client.linesWith("client ready: "));
    scene.publishToClients(7000);
    scene.awaitConnected();
    usersAreServed();
    nothingElseIsReached();
  }

  private void usersAreServed() throws IOException {
    Path copy = directory.resolve("copy");
    RealProgram.Result large = scene.userGets("/page", "-o", copy.toString());
    assertEquals(0, large.exit(), large.err());
    assertEquals(-1, Files.mismatch(directory.resolve("page"), copy), "another page came");
    String every = "/note?[1-" + CONNECTIONS + "]";
    RealProgram.Result small = scene.userGets(every, "-H", "Connection: close");
    assertEquals(0, small.exit(), small.err());
    assertEquals("from behind".repeat(CONNECTIONS), small.out());
  }

  /** Or the scene would prove nothing. */
  private void nothingElseIsReached() throws IOException {
    assertTrue(scene.clientReaches(false, PublishedServer.TUNNEL_PORT), "the published port");
    assertFalse(scene.clientReaches(false, PublishedServer.INGRESS_PORT), "the users' port");
    assertFalse(scene.clientReaches(true, PublishedServer.TUNNEL_PORT), "the server itself");
  }
}
