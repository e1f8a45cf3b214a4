package io.nodepass.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The proxy on the path between the two session doubles. */
@Timeout(60)
class TamperingProxyLoopbackTest {
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final String SECRET = "what the user says";

  @TempDir private static Path directory;
  private static Openssl.Issued identity;
  private static Openssl.Issued forged;

  @RegisterExtension final Stage stage = new Stage();
  private EchoServer echo;

  @BeforeAll
  static void makeCertificates() throws IOException {
    Openssl openssl = new Openssl(directory);
    identity = openssl.server("server", openssl.root("root"), Openssl.EC, "DNS:localhost");
    forged = openssl.server("forged", openssl.root("forger"), Openssl.EC, "DNS:localhost");
  }

  @BeforeEach
  void openTarget() throws IOException {
    echo = stage.add(EchoServer.start());
  }

  private SessionServerDouble server(int mode, String key) throws IOException {
    return stage.add(SessionServerDouble.plan().tls(mode, identity).key(key).start());
  }

  private TamperingProxy proxy(TamperingProxy.Plan plan) throws IOException {
    return stage.add(plan.start());
  }

  private SessionClientPlan client(String key) {
    return SessionClientDouble.to(echo.address()).key(key);
  }

  private static String exchange(SessionServerDouble server, String text) throws Exception {
    return new String(
        server.session(1, PATIENCE).exchange(text.getBytes(StandardCharsets.US_ASCII)),
        StandardCharsets.US_ASCII);
  }

  @ParameterizedTest
  @CsvSource({"0", "1"})
  void everythingIsReadableWithoutTlsAndTwoLinesWithIt(int mode) throws Exception {
    SessionServerDouble server = server(mode, "key");
    TamperingProxy proxy = proxy(TamperingProxy.to(server.tunnel()));
    stage.add(client("key").start(proxy.address()));
    assertEquals(SECRET, exchange(server, SECRET));
    TamperingProxy.Passage control = proxy.controls().get(0);
    assertTrue(control.upText().startsWith("//hello?v=2\n"));
    assertTrue(control.downText().startsWith("//"), control::downText);
    assertEquals(mode == 0, control.upText().contains("//open"));
    assertEquals(mode == 0, control.downText().contains("//challenge"));
    boolean readable = proxy.passages().stream().anyMatch(each -> each.downText().contains(SECRET));
    assertEquals(mode == 0, readable);
  }

  @Test
  void loweredModeMakesNoSession() throws IOException {
    SessionServerDouble server = server(1, null);
    TamperingProxy proxy =
        proxy(
            TamperingProxy.to(server.tunnel()).down(line -> line.replace("?v=2#1\n", "?v=2#0\n")));
    assertThrows(IOException.class, () -> client(null).atLeast(1).start(proxy.address()));
    assertThrows(IOException.class, () -> client(null).start(proxy.address()));
    assertEquals(0, server.sessions().size());
  }

  @Test
  void strippedHelloMakesNoSession() throws IOException {
    SessionServerDouble server = server(0, null);
    TamperingProxy proxy = proxy(TamperingProxy.to(server.tunnel()).up(line -> ""));
    assertEquals(
        "malformed",
        assertThrows(
                SessionRefused.class,
                () ->
                    client(null)
                        .start(
                            proxy(TamperingProxy.to(server.tunnel()).up(line -> "//hello\n"))
                                .address()))
            .code());
    try (SessionPipe pipe = SessionPipe.dial(proxy.address())) {
      pipe.say("//hello?v=2\n");
      pipe.patience(Duration.ofMillis(300));
      assertThrows(SocketTimeoutException.class, pipe::line);
    }
    assertEquals(0, server.sessions().size());
  }

  @Test
  void manInTheMiddleReadsEverythingWhereNobodyHasAKey() throws Exception {
    SessionServerDouble server = server(1, null);
    TamperingProxy proxy = proxy(TamperingProxy.to(server.tunnel()).inTheMiddle(forged).forging());
    stage.add(client(null).start(proxy.address()));
    assertEquals(SECRET, exchange(server, SECRET));
    assertTrue(proxy.controls().get(0).upText().contains("//open?"));
    assertTrue(proxy.passages().stream().anyMatch(each -> each.downText().contains(SECRET)));
  }

  /** Each end has bound the session secret to another certificate. */
  @Test
  void manInTheMiddleMustMakeTheTokensAnew() throws Exception {
    SessionServerDouble server = server(1, null);
    TamperingProxy proxy = proxy(TamperingProxy.to(server.tunnel()).inTheMiddle(forged));
    SessionClientDouble client = stage.add(client(null).pool(0, 4).start(proxy.address()));
    assertEquals("token", client.dial().code());
    assertFalse(server.session(1, PATIENCE).secrets().equals(client.secrets()));
  }

  @Test
  void manInTheMiddleIsRefusedWhereThereIsAKey() throws IOException {
    SessionServerDouble server = server(1, "key");
    TamperingProxy proxy = proxy(TamperingProxy.to(server.tunnel()).inTheMiddle(forged));
    assertEquals(
        "key-wrong",
        assertThrows(SessionRefused.class, () -> client("key").start(proxy.address())).code());
    assertEquals(0, server.sessions().size());
    assertEquals("[key-wrong]", server.refusals().toString());
  }
}
