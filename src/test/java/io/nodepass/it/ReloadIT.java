package io.nodepass.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nodepass.testkit.Await;
import io.nodepass.testkit.EchoServer;
import io.nodepass.testkit.NodePassProcess;
import io.nodepass.testkit.Openssl;
import io.nodepass.testkit.Stage;
import io.nodepass.testkit.TlsProbe;
import io.nodepass.testkit.Tunnel;
import io.nodepass.testkit.Users;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Certificates are replaced under load, good ones and broken ones, and nobody is disturbed. */
@Timeout(300)
class ReloadIT {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final int RELOADS = 50;
  private static final int COMERS = 3;
  private static final int SOME = 20_000;

  @RegisterExtension final Stage stage = new Stage();
  @TempDir Path directory;

  private Openssl openssl;
  private Openssl.Issued root;
  private Tunnel tunnel;

  /** How every third pair of files is broken, by turns. */
  private enum Damage {
    TRUNCATED,
    KEY_OF_ANOTHER,
    EMPTY
  }

  @Test
  void fiftyReloadsUnderLoadLoseNoConnection() throws Exception {
    openssl = new Openssl(directory);
    root = openssl.root("root");
    Openssl.Issued good = issue("first");
    install(good.crt(), good.key());
    EchoServer echo = stage.add(EchoServer.start());
    tunnel =
        Tunnel.to(echo.address())
            .host("localhost")
            .env("RELOAD_INTERVAL", "200ms")
            .serverParameters("&tls=2&crt=" + crt() + "&key=" + key())
            .clientParameters("&ca=" + root.crt())
            .start(stage);
    BulkUser live = stage.add(BulkUser.start(tunnel.ingress(), 1, PATIENCE));
    AtomicInteger comers = new AtomicInteger();
    ExecutorService threads = Executors.newFixedThreadPool(COMERS);
    List<Future<?>> load = new ArrayList<>();
    try {
      for (int i = 0; i < COMERS; i++) {
        load.add(threads.submit(() -> comeAndGo(comers)));
      }
      for (int i = 1; i <= RELOADS; i++) {
        if (i % 3 == 0) {
          breakFiles(i, good);
        } else {
          good = issue("number" + i);
          replaceBy(good);
        }
        live.echoed();
        for (Future<?> each : load) {
          assertTrue(!each.isDone(), "somebody gave up: reload " + i);
        }
      }
    } finally {
      threads.shutdownNow();
      for (Future<?> each : load) {
        each.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      }
    }
    live.finish();
    assertTrue(comers.get() >= RELOADS, () -> "there was hardly any load: " + comers);
    assertEquals(0, echo.broken());
    expectUndisturbed();
    // Who has dialled since knows the last one, and more users than are ready make it dial.
    replaceBy(good);
    tunnel.users(PATIENCE).together(200, SOME);
    tunnel.client().awaitLine("server certificate " + good.pin(), SOON);
  }

  private void expectUndisturbed() {
    assertEquals(0, tunnel.client().linesWith("control channel lost"));
    assertEquals(0, tunnel.client().linesWith("data connection failed"));
    for (NodePassProcess end : List.of(tunnel.client(), tunnel.server())) {
      // Ends of relays, of those that never became one, and of users who waited for one in vain.
      for (String abort : List.of(" ended by abort (", " aborted: ", " aborted after ")) {
        assertEquals(0, end.linesWith(abort), end::tail);
      }
      assertTrue(end.linesWith(" ended: ") > 0, "ends are not logged, so aborts would not be");
    }
  }

  private Void comeAndGo(AtomicInteger comers) throws IOException {
    Users users = tunnel.users(PATIENCE);
    while (!Thread.currentThread().isInterrupted()) {
      users.roundTrip(comers.incrementAndGet(), SOME);
    }
    return null;
  }

  private Openssl.Issued issue(String name) throws IOException {
    return openssl.server(name, root, Openssl.EC, "DNS:localhost");
  }

  /** The newest good one is what the next connection is shown. */
  private void replaceBy(Openssl.Issued next) throws IOException {
    install(next.crt(), next.key());
    String pin = next.pin();
    Await.until(
        () -> "the certificate " + next.crt().getFileName() + " is shown",
        SOON,
        () -> TlsProbe.pin(tunnel.data()).equals(pin));
  }

  /** A line tells what is wrong, and the one before stays. */
  private void breakFiles(int number, Openssl.Issued good) throws IOException {
    int mark = tunnel.server().mark();
    Damage damage = Damage.values()[number / 3 % Damage.values().length];
    Openssl.Issued next = issue("number" + number);
    switch (damage) {
      case TRUNCATED -> {
        String text = Files.readString(next.crt(), StandardCharsets.US_ASCII);
        install(openssl.written("cut", text.substring(0, text.length() / 2)), next.key());
      }
      case KEY_OF_ANOTHER -> install(next.crt(), good.key());
      default -> install(openssl.written("empty", ""), next.key());
    }
    tunnel
        .server()
        .awaitLine(
            mark,
            "an error about " + damage,
            line -> line.contains("ERROR") && line.contains("stays in use"),
            SOON);
    assertEquals(good.pin(), TlsProbe.pin(tunnel.data()), damage::toString);
  }

  private Path crt() {
    return directory.resolve("live.crt");
  }

  private Path key() {
    return directory.resolve("live.key");
  }

  private void install(Path crt, Path key) throws IOException {
    replace(crt, crt());
    replace(key, key());
  }

  private void replace(Path from, Path to) throws IOException {
    Path fresh = directory.resolve("fresh");
    Files.copy(from, fresh, StandardCopyOption.REPLACE_EXISTING);
    Files.move(fresh, to, StandardCopyOption.ATOMIC_MOVE);
  }
}
