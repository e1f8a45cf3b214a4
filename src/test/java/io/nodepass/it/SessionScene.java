package io.nodepass.it;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.nodepass.testkit.Await;
import io.nodepass.testkit.EchoServer;
import io.nodepass.testkit.NodePassProcess;
import io.nodepass.testkit.SessionClientDouble;
import io.nodepass.testkit.SessionClientPlan;
import io.nodepass.testkit.SessionServerDouble;
import io.nodepass.testkit.SessionServerPlan;
import io.nodepass.testkit.Stage;
import io.nodepass.testkit.Tunnel;
import io.nodepass.testkit.Users;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;

/** The packaged program at one end, or at both, with a key at one end, at both or at none. */
final class SessionScene {
  static final Duration PATIENCE = Duration.ofSeconds(35);
  static final Duration SOON = Duration.ofSeconds(20);
  static final String KEY = "correct horse battery stapler";

  private static final String COOLDOWN = "200ms";
  private static final String WARNING = " WARN ";

  private final Stage stage;
  private final TlsSetting tls;
  private final EchoServer echo;

  SessionScene(Stage stage, TlsSetting tls) throws IOException {
    this.stage = stage;
    this.tls = tls;
    this.echo = stage.add(EchoServer.start());
  }

  EchoServer echo() {
    return echo;
  }

  /** Both ends ours; a key may be null. */
  Tunnel.Plan plan(String serverKey, String clientKey) {
    Tunnel.Plan plan =
        Tunnel.to(echo.address())
            .host("localhost")
            .serverParameters(tls.serverParameters() + insecure(serverKey))
            .clientParameters(tls.clientParameters() + insecure(clientKey))
            .env("SERVICE_COOLDOWN", COOLDOWN);
    if (serverKey != null) {
      plan.server(launch -> launch.env("NODEPASS_KEY", serverKey));
    }
    if (clientKey != null) {
      plan.client(launch -> launch.env("NODEPASS_KEY", clientKey));
    }
    return plan;
  }

  /** A key without TLS must be meant, and said so. */
  private String insecure(String key) {
    return key != null && tls.mode() == 0 ? "&tls=0&insecure=1" : "";
  }

  Tunnel ourServer(String key) {
    Tunnel tunnel = plan(key, null).prepare(stage);
    tunnel.startServer();
    return tunnel;
  }

  /** Our client of a server that is not ours. */
  NodePassProcess ourClient(InetSocketAddress tunnel, String key) {
    NodePassProcess.Launch launch =
        NodePassProcess.launch().env("SERVICE_COOLDOWN", COOLDOWN).env("MIN_POOL_CAPACITY", 4);
    if (key != null) {
      launch.env("NODEPASS_KEY", key);
    }
    return stage.add(
        launch.start(
            "client",
            "client://localhost:"
                + tunnel.getPort()
                + "/127.0.0.1:"
                + echo.address().getPort()
                + "?log=debug"
                + tls.clientParameters()
                + insecure(key)));
  }

  SessionServerPlan doublePlan(String key) {
    return SessionServerDouble.plan().tls(tls.mode(), tls.identity()).key(key);
  }

  SessionClientPlan clientPlan(String key) {
    return SessionClientDouble.to(echo.address())
        .key(key)
        .atLeast(tls.mode())
        .trusting(tls.issuer());
  }

  /** A warning with all of these words. */
  static void expectWarning(NodePassProcess process, String... words) {
    process.awaitLine(
        0,
        "a warning with " + String.join(" and ", words),
        line -> {
          boolean all = line.contains(WARNING);
          for (String word : words) {
            all &= line.contains(word);
          }
          return all;
        },
        SOON);
  }

  /** A user who comes now waits, and the target hears nothing. */
  void expectNobodyToReachTheTarget(InetSocketAddress ingress) throws IOException {
    try (Socket user = Users.connect(ingress, PATIENCE)) {
      user.getOutputStream().write(42);
      Await.never("the target is reached", Duration.ofSeconds(1), () -> echo.accepted() > 0);
    }
    assertEquals(0, echo.accepted());
  }
}
