package io.nodepass.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nodepass.testkit.EchoServer;
import io.nodepass.testkit.NodePassProcess;
import io.nodepass.testkit.Stage;
import io.nodepass.testkit.Tunnel;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** An engine of TLS is tens of KiB; two hundred of them fit all the same. */
@Timeout(180)
class SmallHeapTlsIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @RegisterExtension final Stage stage = new Stage();

  @Test
  void twoHundredConnectionsAtOnceFitIntoSixteenMegabytes() throws IOException {
    EchoServer echo = stage.add(EchoServer.start());
    Tunnel tunnel =
        Tunnel.to(echo.address())
            .jvm("-Xmx16m")
            .serverParameters("&tls=1")
            .clientParameters("&tls=1")
            .start(stage);
    tunnel.users(PATIENCE).together(200, 50_000);
    tunnel.users(PATIENCE).together(200, 50_000);
    assertEquals(400, echo.accepted());
    assertEquals(0, echo.broken());
    for (NodePassProcess end : List.of(tunnel.server(), tunnel.client())) {
      assertEquals(0, end.linesWith("OutOfMemoryError"), end::tail);
      // An error of another name may come of it, such as that a class could not be made ready.
      assertEquals(0, end.linesWith("a task of it has failed: "), end::tail);
      assertEquals(0, end.linesWith("TLS cannot be used: "), end::tail);
      assertEquals(0, end.linesWith("could not be renewed: "), end::tail);
    }
    assertTrue(tunnel.server().isAlive() && tunnel.client().isAlive());
  }
}
