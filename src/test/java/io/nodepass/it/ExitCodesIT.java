package io.nodepass.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nodepass.testkit.NodePassProcess;
import io.nodepass.testkit.Ports;
import io.nodepass.testkit.SocketPair;
import io.nodepass.testkit.Stage;
import java.io.IOException;
import java.net.ServerSocket;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The program's exit codes are those of sysexits.h, and standard error says what was wrong. */
@Timeout(30)
class ExitCodesIT {
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final int EX_USAGE = 64;
  private static final int EX_SOFTWARE = 70;
  private static final int EX_CONFIG = 78;

  @RegisterExtension final Stage stage = new Stage();

  @ParameterizedTest
  @CsvSource({
    "server://127.0.0.1:port/127.0.0.1:8080, port",
    "server://127.0.0.1:99999/127.0.0.1:8080, 99999",
    "server://127.0.0.1:10101/127.0.0.1:8080?tls=7, tls",
    "server://127.0.0.1:10101/127.0.0.1:8080?semafore_limit=4, semafore_limit",
    "server://127.0.0.1:10101/127.0.0.1:8080?semafore_limit=4, semaphore_limit",
    "server://127.0.0.1:10101/127.0.0.1:8080?report_interval=soon, report_interval",
    "servant://127.0.0.1:10101/127.0.0.1:8080, servant",
    "client://127.0.0.1:10101, target",
    "server://hunter2@127.0.0.1:10101/127.0.0.1:8080?tls=0, insecure=1",
    "client://hunter2@127.0.0.1:10101/127.0.0.1:8080?tls=0, the key before @",
    "server://127.0.0.1:10101/127.0.0.1:8080?insecure=1, has no effect without a key",
    "client://hunter2@127.0.0.1:10101/127.0.0.1:8080?proto=legacy, proto=session",
    "client://hunter2@127.0.0.1:10101/127.0.0.1:8080?secret_file=x, secret_file",
    "server://hunter2@127.0.0.1:10101/hunter2@127.0.0.1:8080, <key>@<tunnel_addr>",
    "server://hunter2%zz@127.0.0.1:10101/127.0.0.1:8080, percent-escape",
  })
  void badUrlIsAnErrorOfConfiguration(String url, String named) {
    expectFailure(EX_CONFIG, named, url);
  }

  @ParameterizedTest
  @CsvSource({
    "server://127.0.0.1:10101/127.0.0.1:8080?proto=legacy, hunter2",
    "client://127.0.0.1:10101/127.0.0.1:8080?tls=0, hunter2",
    "client://127.0.0.1:10101/127.0.0.1:8080, 'hunter2\t'",
  })
  void aKeyInTheEnvironmentThatCannotBeUsedIsAnErrorOfConfiguration(String url, String key) {
    NodePassProcess process =
        stage.add(NodePassProcess.launch().env("NODEPASS_KEY", key).start("nodepass", url));
    assertEquals(EX_CONFIG, process.awaitExit(SOON), process::tail);
    assertTrue(process.hasErrorWith("NODEPASS_KEY"), process::tail);
    assertEquals(0, process.linesWith("hunter2"), process::tail);
  }

  @Test
  void unknownOptionIsAnErrorOfUsage() {
    expectFailure(EX_USAGE, "--frobnicate", "--frobnicate");
  }

  @Test
  void takenTunnelPortEndsTheServer() throws IOException {
    ServerSocket taken = stage.add(SocketPair.target());
    String port = Integer.toString(taken.getLocalPort());
    expectFailure(EX_SOFTWARE, port, "server://127.0.0.1:" + port + "/127.0.0.1:" + Ports.free());
  }

  @Test
  void takenIngressPortEndsTheServer() throws IOException {
    ServerSocket taken = stage.add(SocketPair.target());
    String port = Integer.toString(taken.getLocalPort());
    expectFailure(EX_SOFTWARE, port, "server://127.0.0.1:" + Ports.free() + "/127.0.0.1:" + port);
  }

  @ParameterizedTest
  @CsvSource({
    "server://127.0.0.1:0/127.0.0.1:0?tls=2&crt=/tmp/%C3%BC.pem&key=/tmp/key.pem, crt=",
    "server://127.0.0.1:0/127.0.0.1:0?tls=2&crt=/tmp/crt.pem&key=/tmp/%C3%BC.pem, key=",
    "client://127.0.0.1:10101/127.0.0.1:8080?ca=/tmp/%C3%BC.pem, ca=",
  })
  void aPathThatTheLocaleCannotWriteIsAnErrorOfConfiguration(String url, String named) {
    NodePassProcess process =
        stage.add(NodePassProcess.launch().env("LC_ALL", "C").start("nodepass", url));
    assertEquals(EX_CONFIG, process.awaitExit(SOON), process::tail);
    assertTrue(process.hasErrorWith(named), process::tail);
    assertTrue(process.hasErrorWith("LC_ALL=C.UTF-8"), process::tail);
  }

  private void expectFailure(int code, String named, String... arguments) {
    NodePassProcess process = stage.add(NodePassProcess.launch().start("nodepass", arguments));
    assertEquals(code, process.awaitExit(SOON), process::tail);
    assertTrue(
        process.hasErrorWith(named),
        () -> "standard error does not name '" + named + "'\n" + process.tail());
    assertEquals(0, process.linesWith("hunter2"), process::tail);
  }
}
