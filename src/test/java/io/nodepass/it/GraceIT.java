package io.nodepass.it;

import static io.nodepass.it.SessionScene.PATIENCE;
import static io.nodepass.it.SessionScene.SOON;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.nodepass.testkit.SessionClientDouble;
import io.nodepass.testkit.SessionClientPlan;
import io.nodepass.testkit.Stage;
import io.nodepass.testkit.Tunnel;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A hello before, at and after the moment at which our server would greet a legacy client. */
@Timeout(60)
class GraceIT {
  @RegisterExtension final Stage stage = new Stage();
  @TempDir Path directory;

  @ParameterizedTest(name = "tls={0}, {1} ms")
  @CsvSource({
    "0,0", "0,100", "0,290", "0,310", "0,2000", "1,0", "1,100", "1,290", "1,310", "1,2000"
  })
  void wholeHelloMakesASession(int mode, int millis) throws IOException {
    expectSession(mode, plan -> plan.helloAfter(Duration.ofMillis(millis)));
  }

  @ParameterizedTest(name = "tls={0}, {1} ms")
  @CsvSource({
    "0,0", "0,100", "0,290", "0,310", "0,2000", "1,0", "1,100", "1,290", "1,310", "1,2000"
  })
  void helloInSingleBytesMakesASession(int mode, int millis) throws IOException {
    expectSession(mode, plan -> plan.helloAfter(Duration.ofMillis(millis)).bytewise());
  }

  @FunctionalInterface
  private interface Habit {
    SessionClientPlan of(SessionClientPlan plan);
  }

  private void expectSession(int mode, Habit habit) throws IOException {
    SessionScene scene = new SessionScene(stage, TlsSetting.of(mode, directory));
    Tunnel tunnel = scene.ourServer(null);
    SessionClientDouble client =
        stage.add(habit.of(scene.clientPlan(null)).start(tunnel.control()));
    tunnel.server().awaitLine("session " + client.secrets().id().substring(0, 8), SOON);
    tunnel.users(PATIENCE).inARow(5, 1_000);
    assertEquals(5, client.carried());
    assertEquals(5, scene.echo().accepted());
  }
}
