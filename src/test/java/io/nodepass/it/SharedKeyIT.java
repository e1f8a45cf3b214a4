package io.nodepass.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nodepass.testkit.Await;
import io.nodepass.testkit.EchoServer;
import io.nodepass.testkit.NodePassProcess;
import io.nodepass.testkit.Ports;
import io.nodepass.testkit.Stage;
import io.nodepass.testkit.Tunnel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The shared key of the packaged program: how it is made and given, and that nobody sees it. */
@Timeout(120)
class SharedKeyIT {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final String SECRET = "hunter2";
  private static final int EX_USAGE = 64;
  private static final int EX_CONFIG = 78;

  @TempDir Path directory;

  @RegisterExtension final Stage stage = new Stage();

  private Path file(String content) throws IOException {
    Path file = directory.resolve("the key");
    Files.writeString(file, content);
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }

  private static String parameter(Path file) {
    return "secret_file=" + file.toString().replace(" ", "%20");
  }

  private static String server() {
    return "server://127.0.0.1:" + Ports.free() + "/127.0.0.1:" + Ports.free();
  }

  @Test
  void keygenPrintsOneKeyThatATunnelTakes() {
    NodePassProcess keygen = stage.add(NodePassProcess.launch().start("keygen", "keygen"));
    assertEquals(0, keygen.awaitExit(SOON), keygen::tail);
    List<String> lines = keygen.lines();
    assertEquals(1, lines.size());
    assertTrue(lines.get(0).matches("[A-Za-z0-9_-]{43}"), "not 43 characters of base64url");
    NodePassProcess server =
        stage.add(
            NodePassProcess.launch().env("NODEPASS_KEY", lines.get(0)).start("server", server()));
    server.awaitLine("server ready: ", SOON);
    assertEquals(0, server.linesWith("shared key"), server::tail);
    assertEquals(0, server.linesWith(lines.get(0)));
  }

  @Test
  void keygenStandsAlone() {
    NodePassProcess keygen =
        stage.add(NodePassProcess.launch().start("keygen", "keygen", server()));
    assertEquals(EX_USAGE, keygen.awaitExit(SOON), keygen::tail);
    assertTrue(keygen.hasErrorWith("keygen stands alone"), keygen::tail);
  }

  @ParameterizedTest
  @ValueSource(strings = {"URL", "file", "variable"})
  void theKeyIsInNoLineOfTheLogAndInNoArgumentButTheUrl(String origin) throws IOException {
    EchoServer echo = stage.add(EchoServer.start());
    Tunnel.Plan plan = Tunnel.to(echo.address());
    switch (origin) {
      case "URL" -> plan.key(SECRET);
      case "file" -> plan.parameters("log=debug&" + parameter(file(SECRET + "\n")));
      default -> plan.env("NODEPASS_KEY", SECRET);
    }
    Tunnel tunnel = plan.prepare(stage);
    tunnel.startServer();
    tunnel.startClient();
    tunnel.users(PATIENCE).together(20, 50_000);
    assertEquals(0, echo.broken());
    for (NodePassProcess end : List.of(tunnel.server(), tunnel.client())) {
      assertEquals(origin.equals("URL"), end.visibleArguments().contains(SECRET));
      end.signal("TERM");
      assertEquals(0, end.awaitExit(SOON), end::tail);
      assertTrue(end.linesWith("shutdown complete: ") > 0, end::tail);
      assertEquals(1, end.linesWith(" has 36 bits at most"), end::tail);
      assertEquals(0, end.linesWith(SECRET), "the key is in the output");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "server, '', is empty",
    "client, '', is empty",
    "server, 'hunter2\nhunter2', control character",
    "client, none, there is no such file",
    "server, none, there is no such file",
    "server, directory, is a directory",
  })
  void aFileThatCannotBeUsedIsAnErrorOfConfiguration(String role, String content, String wrong)
      throws IOException {
    Path file =
        switch (content) {
          case "none" -> directory.resolve("none");
          case "directory" -> directory;
          default -> file(content);
        };
    String url = role + "://127.0.0.1:" + Ports.free() + "/127.0.0.1:" + Ports.free();
    NodePassProcess process =
        stage.add(NodePassProcess.launch().start(role, url + "?" + parameter(file)));
    assertEquals(EX_CONFIG, process.awaitExit(SOON), process::tail);
    assertTrue(process.hasErrorWith("secret_file=" + file + " "), process::tail);
    assertTrue(process.hasErrorWith(wrong), process::tail);
    assertEquals(0, process.linesWith(SECRET), process::tail);
  }

  /** Each has its own key to stretch, which takes half of that heap. */
  @Test
  void sixteenMegabytesAreEnoughForTheKeysOfThreeTunnels() throws IOException {
    NodePassProcess process =
        stage.add(
            NodePassProcess.launch()
                .jvm("-Xmx16m")
                .env("NODEPASS_KEY", SECRET)
                .start("servers", server(), server(), server() + "?" + parameter(file("x"))));
    Await.until(process::tail, SOON, () -> process.linesWith("server ready: ") == 3);
    process.signal("TERM");
    assertEquals(0, process.awaitExit(SOON), process::tail);
    assertFalse(process.linesWith("OutOfMemoryError") > 0, process::tail);
    assertEquals(3, process.linesWith(" bits at most"), process::tail);
  }
}
