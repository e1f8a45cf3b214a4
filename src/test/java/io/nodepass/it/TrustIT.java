package io.nodepass.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nodepass.testkit.Await;
import io.nodepass.testkit.EchoServer;
import io.nodepass.testkit.LegacyServerDouble;
import io.nodepass.testkit.NodePassProcess;
import io.nodepass.testkit.Openssl;
import io.nodepass.testkit.Ports;
import io.nodepass.testkit.Stage;
import io.nodepass.testkit.Tunnel;
import io.nodepass.testkit.Users;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** A client that does not believe its server says why, carries nobody, and tries again. */
@Timeout(120)
class TrustIT {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final Duration PATIENCE = Duration.ofSeconds(40);
  private static final int EX_CONFIG = 78;
  private static final int SOME = 10_000;

  @TempDir private static Path certificates;
  private static Openssl.Issued root;
  private static Openssl.Issued otherRoot;
  private static Openssl.Issued right;
  private static Openssl.Issued wrongHost;
  private static Openssl.Issued unknownIssuer;
  private static Openssl.Issued expired;

  @RegisterExtension final Stage stage = new Stage();
  @TempDir Path directory;
  private EchoServer echo;

  /** What is wrong with a certificate, and the words of the client's line about it. */
  enum Fault {
    WRONG_HOST("host name check", "elsewhere.test"),
    UNKNOWN_ISSUER("issuer check", "other"),
    EXPIRED("date check", "expired");

    private final String check;
    private final String detail;

    Fault(String check, String detail) {
      this.check = check;
      this.detail = detail;
    }

    Openssl.Issued certificate() {
      return switch (this) {
        case WRONG_HOST -> wrongHost;
        case UNKNOWN_ISSUER -> unknownIssuer;
        case EXPIRED -> expired;
      };
    }
  }

  @BeforeAll
  static void makeCertificates() throws IOException {
    Openssl openssl = new Openssl(certificates);
    root = openssl.root("root");
    otherRoot = openssl.root("other");
    right = openssl.server("right", root, Openssl.EC, "DNS:localhost");
    wrongHost = openssl.server("wrong", root, Openssl.EC, "DNS:elsewhere.test");
    unknownIssuer = openssl.server("unknown", otherRoot, Openssl.EC, "DNS:localhost");
    expired =
        openssl.issue(
            "old", root, openssl.key("old", Openssl.EC), -1, "subjectAltName=DNS:localhost");
  }

  @BeforeEach
  void startTarget() throws IOException {
    echo = stage.add(EchoServer.start());
  }

  private Tunnel.Plan plan() {
    return Tunnel.to(echo.address()).host("localhost").env("SERVICE_COOLDOWN", "200ms");
  }

  private Tunnel begin(Tunnel.Plan plan) {
    Tunnel tunnel = plan.prepare(stage);
    tunnel.startServer();
    tunnel.startClient();
    return tunnel;
  }

  private Path crt() {
    return directory.resolve("server.crt");
  }

  private Path key() {
    return directory.resolve("server.key");
  }

  /** Puts a certificate where the server looks for it, as a renewal would. */
  private void install(Openssl.Issued issued) throws IOException {
    replace(issued.key(), key());
    replace(issued.crt(), crt());
  }

  private void replace(Path from, Path to) throws IOException {
    Path fresh = Files.copy(from, directory.resolve("fresh"), StandardCopyOption.REPLACE_EXISTING);
    Files.move(fresh, to, StandardCopyOption.ATOMIC_MOVE);
  }

  private Tunnel beginWithFiles() {
    return begin(
        plan()
            .env("RELOAD_INTERVAL", "200ms")
            .serverParameters("&tls=2&crt=" + crt() + "&key=" + key())
            .clientParameters("&ca=" + root.crt()));
  }

  /** The client's only kind of line about it: with the server's address, and why. */
  private static void expectReason(NodePassProcess client, String address, String... words) {
    client.awaitLine(
        0,
        address + " and " + String.join(" and ", words),
        line -> {
          boolean all = line.contains(address);
          for (String word : words) {
            all &= line.contains(word);
          }
          return all;
        },
        SOON);
  }

  private static String address(InetSocketAddress server) {
    return "127.0.0.1:" + server.getPort();
  }

  /** As the client's URL has it. */
  private static String named(Tunnel tunnel) {
    return "localhost:" + tunnel.control().getPort();
  }

  private static void expectRefusalOnTheServer(Tunnel tunnel) {
    tunnel
        .server()
        .awaitLine(
            0,
            "the peer's address, and its alert",
            line ->
                line.contains("session not opened: TLS handshake with 127.0.0.1:")
                    && line.contains("certificate"),
            SOON);
  }

  @ParameterizedTest
  @EnumSource(names = {"WRONG_HOST", "UNKNOWN_ISSUER"})
  void theReasonIsToldOnBothEndsAndAReloadedCertificateIsTaken(Fault fault) throws Exception {
    install(fault.certificate());
    Tunnel tunnel = beginWithFiles();
    expectReason(tunnel.client(), address(tunnel.data()), fault.check, fault.detail);
    expectRefusalOnTheServer(tunnel);
    try (Socket waiting = Users.connect(tunnel.ingress(), PATIENCE)) {
      waiting.getOutputStream().write(42);
      Await.never("the target is reached", Duration.ofSeconds(1), () -> echo.accepted() > 0);
      install(right);
      assertEquals(42, waiting.getInputStream().read(), "who has waited is served");
    }
    int losses = tunnel.client().linesWith("control channel lost");
    tunnel.users(PATIENCE).inARow(20, SOME);
    assertEquals(losses, tunnel.client().linesWith("control channel lost"));
  }

  @ParameterizedTest
  @EnumSource
  void anOriginalsCertificateIsCheckedAsWell(Fault fault) throws IOException {
    LegacyServerDouble server =
        stage.add(
            LegacyServerDouble.start(
                LegacyServerDouble.Settings.DEFAULTS.withTls(2, fault.certificate())));
    NodePassProcess client =
        stage.add(
            NodePassProcess.launch()
                .start(
                    "client",
                    "client://localhost:"
                        + server.tunnel().getPort()
                        + "/127.0.0.1:"
                        + echo.address().getPort()
                        + "?log=debug&ca="
                        + root.crt()));
    expectReason(client, address(server.data()), fault.check, fault.detail);
    Await.until("handshakes that failed", SOON, () -> server.refused() > 0);
    assertEquals(0, server.pooled());
    assertEquals(0, echo.accepted());
  }

  @ParameterizedTest
  @CsvSource({"1", "2"})
  void wrongPinIsRefusedInEitherMode(int mode) throws Exception {
    String pin = wrongHost.pin();
    install(right);
    Tunnel tunnel =
        begin(
            plan()
                .serverParameters(mode == 1 ? "&tls=1" : "&tls=2&crt=" + crt() + "&key=" + key())
                .clientParameters("&pin=" + pin + (mode == 2 ? "&ca=" + root.crt() : "")));
    expectReason(tunnel.client(), address(tunnel.data()), "pin check", pin);
    expectRefusalOnTheServer(tunnel);
    nobodyReachesTheTarget(tunnel);
  }

  @ParameterizedTest
  @CsvSource({"0, 1", "0, 2", "1, 2"})
  void lessThanTheLeastIsRefused(int offered, int least) throws Exception {
    Tunnel tunnel =
        begin(plan().serverParameters("&tls=" + offered).clientParameters("&tls=" + least));
    expectReason(
        tunnel.client(), named(tunnel), "offers tls=" + offered, "no less than tls=" + least);
    nobodyReachesTheTarget(tunnel);
    assertEquals(0, tunnel.client().linesWith("client ready"));
  }

  private void nobodyReachesTheTarget(Tunnel tunnel) throws IOException {
    try (Socket user = Users.connect(tunnel.ingress(), PATIENCE)) {
      user.getOutputStream().write(42);
      Await.never("the target is reached", Duration.ofSeconds(1), () -> echo.accepted() > 0);
    }
  }

  @ParameterizedTest
  @CsvSource({"''", "&tls=1", "&tls=2&ca=CA", "&ca=CA"})
  void rightPinIsTakenWithWhateverElseIsAskedFor(String more) throws Exception {
    install(right);
    Tunnel tunnel =
        plan()
            .serverParameters("&tls=2&crt=" + crt() + "&key=" + key())
            .clientParameters("&pin=" + right.pin() + more.replace("CA", root.crt().toString()))
            .start(stage);
    tunnel.users(PATIENCE).inARow(5, SOME);
  }

  @Test
  @Tag("slow")
  void usersOfADisbelievedServerAreEnded() throws Exception {
    install(unknownIssuer);
    Tunnel tunnel = beginWithFiles();
    expectReason(tunnel.client(), address(tunnel.data()), Fault.UNKNOWN_ISSUER.check);
    expectUserToBeEnded(tunnel);
  }

  @Test
  @Tag("slow")
  void usersOfAServerWithTooLittleTlsAreEnded() throws Exception {
    Tunnel tunnel = begin(plan().clientParameters("&tls=1"));
    expectReason(tunnel.client(), named(tunnel), "no less than tls=1");
    expectUserToBeEnded(tunnel);
  }

  private void expectUserToBeEnded(Tunnel tunnel) throws IOException {
    Users.expectAbort(tunnel.ingress(), PATIENCE);
    tunnel.server().awaitLine("no client is connected", SOON);
    assertEquals(0, echo.accepted());
  }

  @ParameterizedTest
  @CsvSource({
    "server, expired, &tls=2&crt=CRT&key=KEY",
    "server, no such file, &tls=2&crt=/nonexistent&key=KEY",
    "server, key, &tls=2&crt=CRT",
    "server, crt, &crt=CRT",
    "client, nonexistent, &ca=/nonexistent",
    "client, ca, &tls=1&ca=/nonexistent",
    "client, sha256, &pin=sha256:00",
    "client, pin, &pin=sha1:00",
  })
  void whatCannotBeUsedEndsTheProcessAtItsStart(String role, String named, String parameters) {
    String url =
        role
            + "://127.0.0.1:"
            + Ports.free()
            + "/127.0.0.1:"
            + Ports.free()
            + "?log=debug"
            + parameters
                .replace("CRT", expired.crt().toString())
                .replace("KEY", expired.key().toString());
    NodePassProcess process = stage.add(NodePassProcess.launch().start(role, url));
    assertEquals(EX_CONFIG, process.awaitExit(SOON), process::tail);
    assertTrue(process.hasErrorWith(named), process::tail);
  }
}
