package io.nodepass.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nodepass.testkit.SessionClientDouble.DataAnswer;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.CsvSource;

/** The two doubles against each other, in each TLS mode, with a key and without one. */
@Timeout(60)
@ParameterizedClass(name = "tls={0}, key {1}")
@CsvSource({"0,", "1,", "2,", "0,sésame", "1,sésame", "2,sésame"})
class SessionDoublesLoopbackTest {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  @TempDir private static Path directory;
  private static Openssl.Issued identity;
  private static Path issuer;

  @RegisterExtension final Stage stage = new Stage();

  private final int mode;
  private final String key;
  private EchoServer echo;

  SessionDoublesLoopbackTest(int mode, String key) {
    this.mode = mode;
    this.key = key;
  }

  @BeforeAll
  static void makeCertificates() throws IOException {
    Openssl openssl = new Openssl(directory);
    Openssl.Issued root = openssl.root("root");
    identity = openssl.server("server", root, Openssl.EC, "DNS:localhost");
    issuer = root.crt();
  }

  @BeforeEach
  void openTarget() throws IOException {
    echo = stage.add(EchoServer.start());
  }

  private SessionServerPlan serverPlan() {
    return SessionServerDouble.plan().tls(mode, identity).key(key);
  }

  private SessionServerDouble server() throws IOException {
    return stage.add(serverPlan().start());
  }

  private SessionClientPlan clientPlan() {
    return SessionClientDouble.to(echo.address()).atLeast(mode).trusting(issuer).key(key);
  }

  private SessionClientDouble client(SessionServerDouble server, SessionClientPlan plan)
      throws IOException {
    return stage.add(plan.start(server.tunnel()));
  }

  private SessionClientDouble client(SessionServerDouble server) throws IOException {
    return client(server, clientPlan());
  }

  private static ServedSession only(SessionServerDouble server) {
    return server.session(1, PATIENCE);
  }

  private String refusalOf(SessionServerDouble server, SessionClientPlan plan) {
    return assertThrows(SessionRefused.class, () -> client(server, plan)).code();
  }

  @Test
  void bothHaveTheSameSecret() throws IOException {
    SessionServerDouble server = server();
    SessionClientDouble client = client(server);
    assertEquals(only(server).secrets(), client.secrets());
    assertEquals("4", only(server).opening().get("min"));
  }

  @Test
  void usersGetTheirBytes() throws IOException {
    SessionServerDouble server = server();
    SessionClientDouble client = client(server);
    Users.of(server.ingress(), PATIENCE).together(20, 50_000);
    Users.of(server.ingress(), PATIENCE).inARow(50, 20_000);
    assertEquals(70, client.carried());
    assertEquals(70, server.carried());
    assertEquals(0, echo.broken());
  }

  @Test
  void framedConnectionIsUsedAgainAndRawOneIsNot() throws Exception {
    SessionServerDouble server = server();
    SessionClientDouble client = client(server, clientPlan().pool(1, 1));
    for (int i = 0; i < 10; i++) {
      byte[] sent = Patterns.bytes(i, 40_000);
      assertArrayEquals(sent, only(server).exchange(sent));
    }
    assertEquals(10, client.carried());
    Await.until("one is ready again", PATIENCE, () -> only(server).ready() == 1);
    int opened = mode == 0 ? 11 : 1; // which the server counts after it has said //ready
    Await.until("as many as were dialled", PATIENCE, () -> only(server).opened() == opened);
  }

  @Test
  void serviceEndsFirstAndStillGetsTheRest() throws Exception {
    SessionServerDouble server = server();
    client(
        server,
        clientPlan()
            .service(
                flow -> {
                  byte[] greeting = ascii("greeting");
                  flow.write(greeting, greeting.length);
                  flow.end();
                  assertArrayEquals(ascii("thanks"), flow.readAll());
                  return flow.finish();
                }));
    try (Socket user = Users.connect(server.ingress(), PATIENCE)) {
      assertArrayEquals(ascii("greeting"), user.getInputStream().readAllBytes());
      user.getOutputStream().write(ascii("thanks"));
      user.shutdownOutput();
      Await.until("the connection is ready again", PATIENCE, () -> only(server).ready() >= 4);
    }
  }

  @Test
  void signalNamesTheUsersAddress() throws Exception {
    SessionServerDouble server = server();
    String[] source = new String[1];
    client(
        server,
        clientPlan()
            .service(
                flow -> {
                  source[0] = flow.signal().get("src");
                  flow.readAll();
                  flow.end();
                  return flow.finish();
                }));
    ServedConnection connection = only(server).next(PATIENCE);
    SessionFlow flow = connection.open("[2001:db8::1]:50412");
    assertTrue(flow.signal().raw().contains("?src=%5B2001:db8::1%5D:50412#1"));
    assertEquals(0, flow.exchange(new byte[0]).length);
    assertEquals("[2001:db8::1]:50412", source[0]);
  }

  @Test
  void abortOfTheUserIsAnAbortAtTheTarget() throws Exception {
    try (ServerSocket target = SocketPair.target()) {
      SessionServerDouble server = server();
      SessionClientPlan plan =
          SessionClientDouble.to(Ports.loopback(target.getLocalPort()))
              .atLeast(mode)
              .trusting(issuer)
              .key(key);
      client(server, plan);
      try (SocketPair pair = SocketPair.open(server.ingress(), target, PATIENCE)) {
        SocketPair.say("hello", pair.user(), pair.service());
        SocketPair.reset(pair.user());
        SocketPair.expectReset(pair.service());
      }
      try (SocketPair pair = SocketPair.open(server.ingress(), target, PATIENCE)) {
        SocketPair.say("hello", pair.user(), pair.service());
        SocketPair.reset(pair.service());
        SocketPair.expectReset(pair.user());
      }
    }
  }

  @Test
  void wrongProofOfEitherIsRefused() throws IOException {
    SessionServerDouble server = server();
    if (key == null) {
      client(server, clientPlan().wrongProof());
      return;
    }
    assertEquals("key-wrong", refusalOf(server, clientPlan().wrongProof()));
    assertEquals("key-wrong", refusalOf(server, clientPlan().key("another")));
    assertEquals(0, server.sessions().size());
    for (SessionServerPlan.Misdeed misdeed :
        new SessionServerPlan.Misdeed[] {
          SessionServerPlan.Misdeed.WRONG_PROOF,
          SessionServerPlan.Misdeed.REFLECTED_PROOF,
          SessionServerPlan.Misdeed.NO_PROOF,
          SessionServerPlan.Misdeed.KEYLESS
        }) {
      SessionServerDouble wrong = stage.add(serverPlan().misdeed(misdeed).start());
      assertThrows(IOException.class, () -> client(wrong), misdeed::name);
    }
  }

  @Test
  void keyOnOneSideOnlyIsRefused() throws IOException {
    String other = key == null ? "key" : null;
    assertEquals(
        key == null ? "key-unexpected" : "key-missing",
        refusalOf(server(), clientPlan().key(other)));
  }

  @Test
  void dataLineIsTakenOnce() throws IOException {
    SessionServerDouble server = server();
    SessionClientDouble client = client(server, clientPlan().pool(0, 8));
    String id = client.secrets().id();
    assertTrue(client.dial(7, null).isReady());
    assertEquals("token", client.dial(7, null).code());
    assertTrue(client.dial(5, null).isReady());
    assertEquals("token", client.dial(8, SessionSecrets.random(32)).code());
    assertTrue(client.dial(2_000, null).isReady());
    assertEquals("token", client.dial(900, null).code());
    assertTrue(client.dial(1_000, null).isReady());
    assertEquals("token", client.dial(0, null).code());
    assertEquals("token", client.dial((1L << 62) + 1, null).code());
    Await.until("those that were taken", PATIENCE, () -> only(server).opened() == 4);
    client.close();
    Await.until("the session ends", PATIENCE, () -> only(server).end() != null);
    SessionClientDouble next = client(server, clientPlan().pool(0, 8));
    DataAnswer late = next.dialAs(client.secrets(), 9);
    assertEquals("session", late.code());
    assertNotEquals(id, next.secrets().id());
  }

  @Test
  void wrongAnswerToADataLineIsNoted() throws IOException {
    SessionServerDouble server =
        stage.add(serverPlan().misdeed(SessionServerPlan.Misdeed.WRONG_READY).start());
    SessionClientDouble client = client(server, clientPlan().pool(0, 8));
    assertThrows(IOException.class, client::dial);
  }

  @Test
  void returnEndsTheSessionBefore() throws IOException {
    SessionServerDouble server = server();
    SessionClientDouble first = client(server);
    SessionClientDouble liar = client(server, clientPlan().resumeWrongly(first.secrets()));
    assertFalse(server.session(2, PATIENCE).resumed());
    assertNull(server.session(1, PATIENCE).end());
    client(server, clientPlan().resume(first.secrets()));
    assertTrue(server.session(3, PATIENCE).resumed());
    Await.until("the first one ends", PATIENCE, () -> first.end() != null);
    assertNull(liar.end());
  }

  @Test
  void signsOfLifeGoBothWaysAndTheirLackEndsTheSession() throws IOException {
    SessionServerDouble server = stage.add(serverPlan().beat(Duration.ofMillis(100)).start());
    SessionClientDouble client = client(server);
    Await.until("some of each", PATIENCE, () -> client.blanks() > 2 && only(server).blanks() > 2);
    client.fallSilent();
    Await.until("the client is lost", PATIENCE, () -> "silent".equals(only(server).end()));
    SessionClientDouble second = client(server);
    Await.until("a sign", PATIENCE, () -> second.blanks() > 0);
    server.fallSilent();
    Await.until("the server is lost", PATIENCE, () -> second.end() != null);
    assertTrue(second.end().contains("SocketTimeout"), second::toString);
  }

  @Test
  void serverAsksForMoreAndSaysWhyItEnds() throws IOException {
    SessionServerDouble server = server();
    SessionClientDouble client = client(server, clientPlan().pool(1, 8));
    only(server).say("//unheard?of=1\n");
    only(server).more(3);
    Await.until("four are ready", PATIENCE, () -> only(server).ready() == 4);
    only(server).refuse("closing", "goodbye – for now");
    Await.until("the client knows", PATIENCE, () -> "closing".equals(client.end()));
    Await.until("its connections end", PATIENCE, () -> client.ready() == 0);
  }

  @Test
  void lateHelloAndLateAnswerMakeASession() throws IOException {
    SessionServerDouble server =
        stage.add(serverPlan().legacyFirst().answerAfter(Duration.ofMillis(300)).start());
    client(server, clientPlan().helloAfter(Duration.ofMillis(100)).bytewise());
    Users.of(server.ingress(), PATIENCE).roundTrip(1, 1_000);
    SessionServerDouble tooLate =
        stage.add(serverPlan().legacyFirst().answerAfter(Duration.ofSeconds(3)).start());
    assertThrows(IOException.class, () -> client(tooLate));
  }

  @Test
  void whatIsNoLineIsRefused() throws IOException {
    SessionServerDouble server = server();
    assertEquals("malformed", answerTo(server, "GET / HTTP/1.1\r\n"));
    assertEquals("malformed", answerTo(server, "//hello?v=2&v=2\n"));
    assertEquals("malformed", answerTo(server, "//open?v=2\n"));
    assertEquals("version", answerTo(server, "//hello?v=1\n"));
    if (mode > 0) {
      assertEquals("malformed", answerTo(server, "//data?session=00&n=1&mac=00\n"));
    }
  }

  private static String answerTo(SessionServerDouble server, String line) throws IOException {
    try (SessionPipe pipe = SessionPipe.dial(server.tunnel())) {
      pipe.say(line);
      return assertThrows(SessionRefused.class, pipe::text).code();
    }
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
