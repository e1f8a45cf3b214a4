package io.nodepass.it;

import static io.nodepass.it.SessionScene.KEY;
import static io.nodepass.it.SessionScene.PATIENCE;
import static io.nodepass.it.SessionScene.SOON;
import static io.nodepass.it.SessionScene.expectWarning;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nodepass.testkit.Await;
import io.nodepass.testkit.NodePassProcess;
import io.nodepass.testkit.Openssl;
import io.nodepass.testkit.SessionClientDouble;
import io.nodepass.testkit.SessionPipe;
import io.nodepass.testkit.SessionRefused;
import io.nodepass.testkit.SessionSecrets;
import io.nodepass.testkit.SessionServerDouble;
import io.nodepass.testkit.SessionServerPlan.Misdeed;
import io.nodepass.testkit.Stage;
import io.nodepass.testkit.TamperingProxy;
import io.nodepass.testkit.TlsProbe;
import io.nodepass.testkit.TokenForger;
import io.nodepass.testkit.Tunnel;
import io.nodepass.testkit.Users;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What somebody on the path, or a stranger, may try, and what comes of it. */
@Timeout(120)
class SessionAttacksIT {
  private static final String WORDS = "nobody else should read this";

  @TempDir private static Path certificates;
  private static Openssl.Issued identity;
  private static Openssl.Issued forged;

  @RegisterExtension final Stage stage = new Stage();
  private SessionScene scene;

  @BeforeAll
  static void makeCertificates() throws IOException {
    Openssl openssl = new Openssl(certificates);
    identity = openssl.server("server", openssl.root("root"), Openssl.EC, "DNS:localhost");
    forged = openssl.server("forged", openssl.root("forger"), Openssl.EC, "DNS:localhost");
  }

  private void open(int mode) throws IOException {
    scene = new SessionScene(stage, new TlsSetting(mode, identity, identity.crt()));
  }

  /** Starts both of ours with somebody on the path between them. */
  private TamperingProxy between(Tunnel tunnel, UnaryPlan change) throws IOException {
    tunnel.startServer();
    TamperingProxy path = stage.add(change.of(TamperingProxy.to(tunnel.control())).start());
    tunnel.through(path.address());
    tunnel.startClient();
    return path;
  }

  @FunctionalInterface
  private interface UnaryPlan {
    TamperingProxy.Plan of(TamperingProxy.Plan plan);
  }

  private Tunnel tunnel(String key) {
    return scene.plan(key, key).prepare(stage);
  }

  private static void say(Tunnel tunnel) throws IOException {
    try (Socket user = Users.connect(tunnel.ingress(), PATIENCE)) {
      byte[] words = WORDS.getBytes(StandardCharsets.US_ASCII);
      user.getOutputStream().write(words);
      user.shutdownOutput();
      assertEquals(
          WORDS, new String(user.getInputStream().readAllBytes(), StandardCharsets.US_ASCII));
    }
  }

  private static boolean isReadable(TamperingProxy path) {
    return path.passages().stream()
        .anyMatch(each -> each.downText().contains(WORDS) || each.upText().contains(WORDS));
  }

  private void expectNoSession(Tunnel tunnel) throws IOException {
    scene.expectNobodyToReachTheTarget(tunnel.ingress());
    assertEquals(0, tunnel.client().linesWith("client ready: "));
    assertEquals(0, tunnel.server().linesWith("client connected: "));
  }

  @Test
  void listenerReadsTheTwoFirstLinesAndNothingElseWhereThereIsTls() throws IOException {
    open(1);
    Tunnel tunnel = tunnel(KEY);
    TamperingProxy path = between(tunnel, plan -> plan);
    tunnel.awaitConnected();
    say(tunnel);
    assertFalse(isReadable(path));
    TamperingProxy.Passage control = path.controls().get(0);
    assertTrue(control.upText().startsWith("//hello?v=2\n\u0016"), "a ClientHello comes next");
    for (String line : new String[] {"//open", "//proof", "//challenge", "//session", "//ready"}) {
      for (TamperingProxy.Passage each : path.passages()) {
        assertFalse(each.upText().contains(line) || each.downText().contains(line), line);
      }
    }
  }

  @Test
  void replayedOpeningIsRefused() throws IOException {
    open(0);
    Tunnel tunnel = tunnel(KEY);
    TamperingProxy path = between(tunnel, plan -> plan);
    tunnel.awaitConnected();
    String[] recorded = path.controls().get(0).upText().split("\n", -1);
    try (SessionPipe pipe = SessionPipe.dial(tunnel.control())) {
      pipe.say(recorded[0] + "\n");
      assertNotNull(pipe.text().get("v"));
      pipe.say(recorded[1] + "\n");
      assertEquals("key", pipe.text().get("auth"));
      pipe.say(recorded[2] + "\n");
      assertEquals("key-wrong", assertThrows(SessionRefused.class, pipe::text).code());
    }
    expectWarning(tunnel.server(), "key", "127.0.0.1:");
    say(tunnel);
    assertEquals(1, tunnel.server().linesWith("client connected: "));
  }

  @Test
  void replayedBytesOfATlsOpeningOpenNothing() throws IOException {
    open(1);
    Tunnel tunnel = tunnel(KEY);
    TamperingProxy path = between(tunnel, plan -> plan);
    tunnel.awaitConnected();
    byte[] recorded = path.controls().get(0).up();
    int hello = "//hello?v=2\n".length();
    try (SessionPipe pipe = SessionPipe.dial(tunnel.control())) {
      pipe.write(recorded, hello);
      assertNotNull(pipe.text().get("v"));
      byte[] rest = Arrays.copyOfRange(recorded, hello, recorded.length);
      pipe.write(rest, rest.length);
      Await.until("the server ends it", SOON, () -> hasEnded(pipe));
    }
    say(tunnel);
    assertEquals(1, tunnel.server().linesWith("client connected: "));
  }

  private static boolean hasEnded(SessionPipe pipe) {
    try {
      return pipe.line() == null;
    } catch (IOException e) {
      return !(e instanceof SocketTimeoutException);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Misdeed.class,
      names = {"REFLECTED_PROOF", "WRONG_PROOF", "NO_PROOF", "KEYLESS"})
  void serverThatCannotProveTheKeyGetsNoConnection(Misdeed misdeed) throws IOException {
    open(1);
    SessionServerDouble server = stage.add(scene.doublePlan(KEY).misdeed(misdeed).start());
    NodePassProcess client = scene.ourClient(server.tunnel(), KEY);
    expectWarning(client, "localhost:" + server.tunnel().getPort());
    scene.expectNobodyToReachTheTarget(server.ingress());
    assertEquals(0, client.linesWith("client ready: "));
    server.sessions().forEach(each -> assertEquals(0, each.opened()));
  }

  @Test
  void serverThatCannotAnswerADataLineGetsNoUser() throws IOException {
    open(1);
    SessionServerDouble server =
        stage.add(scene.doublePlan(KEY).misdeed(Misdeed.WRONG_READY).start());
    scene.ourClient(server.tunnel(), KEY);
    Await.until(
        "a data connection", SOON, () -> server.sessions().stream().anyMatch(s -> s.opened() > 0));
    scene.expectNobodyToReachTheTarget(server.ingress());
  }

  @ParameterizedTest
  @NullSource
  @ValueSource(strings = KEY)
  void answerWithALoweredModeIsRefused(String key) throws IOException {
    open(1);
    Tunnel tunnel = tunnel(key);
    between(tunnel, plan -> plan.down(line -> line.replace("?v=2#1\n", "?v=2#0\n")));
    expectWarning(tunnel.client(), "tls=0", "tls=1");
    expectNoSession(tunnel);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "//5213#1\n", "//hello?v=1\n"})
  void strippedOrChangedHelloIsRefusedWhereThereIsAKey(String instead) throws IOException {
    open(1);
    Tunnel tunnel = tunnel(KEY);
    between(tunnel, plan -> plan.up(line -> instead));
    expectWarning(tunnel.client(), "server localhost:");
    expectWarning(tunnel.server(), "127.0.0.1:");
    expectNoSession(tunnel);
  }

  @Test
  void answerThatWasMadeALegacyLineIsRefusedWhereThereIsAKey() throws IOException {
    open(1);
    Tunnel tunnel = tunnel(KEY);
    between(tunnel, plan -> plan.down(line -> line.replace("?v=2", "")));
    expectWarning(tunnel.client(), "legacy");
    expectNoSession(tunnel);
  }

  /** What proto=session or a key is for. */
  @Test
  void strippedHelloLeadsToTheLegacyDialectWhereNothingForbidsIt() throws IOException {
    open(1);
    Tunnel tunnel = tunnel(null);
    between(tunnel, plan -> plan.up(line -> line.startsWith("//hello") ? "" : line));
    tunnel.awaitConnected();
    say(tunnel);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void tokenIsTakenOnce(int mode) throws IOException {
    open(mode);
    Tunnel tunnel = scene.ourServer(KEY);
    SessionClientDouble client =
        stage.add(scene.clientPlan(KEY).pool(0, 8).start(tunnel.control()));
    assertTrue(client.dial(7, null).isReady());
    assertEquals("token", client.dial(7, null).code());
    assertTrue(client.dial(5_000, null).isReady());
    assertEquals("token", client.dial(8, null).code());
    assertEquals("token", client.dial(9, "00".repeat(32)).code());
    SessionSecrets other =
        new SessionSecrets("00".repeat(16), client.secrets().secret(), client.secrets().client());
    assertEquals("session", client.dialAs(other, 10).code());
    expectWarning(tunnel.server(), "127.0.0.1:");
  }

  @ParameterizedTest
  @NullSource
  @ValueSource(strings = KEY)
  void stolenDataLineIsRefused(String key) throws IOException {
    open(0);
    Tunnel tunnel = tunnel(key);
    TamperingProxy path = between(tunnel, plan -> plan);
    tunnel.awaitConnected();
    say(tunnel);
    String line =
        path.passages().stream()
            .map(TamperingProxy.Passage::upText)
            .filter(text -> text.startsWith("//data"))
            .findFirst()
            .orElseThrow();
    assertEquals("token", answerTo(tunnel, line.substring(0, line.indexOf('\n') + 1)));
  }

  @Test
  void listenerWithoutTheKeyCannotMakeATokenOfHisOwn() throws IOException {
    open(0);
    assertEquals("token", answerTo(KEY));
  }

  /** Without TLS and without a key there is no secret. */
  @Test
  void listenerMakesATokenOfHisOwnWhereThereIsNeitherTlsNorKey() throws IOException {
    open(0);
    assertEquals("ready", answerTo(null));
  }

  private String answerTo(String key) throws IOException {
    Tunnel tunnel = tunnel(key);
    TamperingProxy path = between(tunnel, plan -> plan);
    tunnel.awaitConnected();
    SessionSecrets overheard = TokenForger.overheard(path.controls().get(0));
    return answerTo(tunnel, overheard.plainData(1_000_000));
  }

  private static String answerTo(Tunnel tunnel, String line) throws IOException {
    try (SessionPipe pipe = SessionPipe.dial(tunnel.control())) {
      SessionClientDouble.DataAnswer answer = SessionClientDouble.ask(pipe, line);
      return answer.isReady() ? "ready" : answer.code();
    }
  }

  /** What a key, a pin or mode 2 is for. */
  @Test
  void manInTheMiddleOfMode1ReadsEverythingWhereThereIsNoKeyOrPin() throws IOException {
    open(1);
    Tunnel tunnel = tunnel(null);
    TamperingProxy path = between(tunnel, plan -> plan.inTheMiddle(forged).forging());
    tunnel.awaitConnected();
    say(tunnel);
    assertTrue(isReadable(path));
  }

  @Test
  void manInTheMiddleIsRefusedOnBothEndsWhereThereIsAKey() throws IOException {
    open(1);
    Tunnel tunnel = tunnel(KEY);
    between(tunnel, plan -> plan.inTheMiddle(forged).forging());
    expectWarning(tunnel.client(), "key-wrong", "server localhost:");
    expectWarning(tunnel.server(), "key", "127.0.0.1:");
    expectNoSession(tunnel);
  }

  @Test
  void manInTheMiddleIsRefusedOnBothEndsWhereThereIsAPin() throws IOException {
    open(1);
    Tunnel probed = scene.ourServer(null);
    String pin = TlsProbe.pin(probed.control());
    TamperingProxy path =
        stage.add(TamperingProxy.to(probed.control()).inTheMiddle(forged).forging().start());
    NodePassProcess client =
        stage.add(
            NodePassProcess.launch()
                .env("SERVICE_COOLDOWN", "200ms")
                .start(
                    "client",
                    "client://localhost:"
                        + path.address().getPort()
                        + "/127.0.0.1:"
                        + scene.echo().address().getPort()
                        + "?log=debug&pin="
                        + pin));
    expectWarning(client, "pin check", pin);
    expectWarning(probed.server(), "127.0.0.1:");
    scene.expectNobodyToReachTheTarget(probed.ingress());
    assertEquals(0, probed.server().linesWith("client connected: "));
  }

  /** A stranger who does not do TLS first learns nothing about sessions. */
  @Test
  void plainDataLineIsRefusedWhereThereIsTls() throws IOException {
    open(1);
    Tunnel tunnel = scene.ourServer(null);
    SessionSecrets made = new SessionSecrets("00".repeat(16), "00".repeat(32), "00".repeat(16));
    assertEquals("malformed", answerTo(tunnel, made.plainData(1)));
  }
}
