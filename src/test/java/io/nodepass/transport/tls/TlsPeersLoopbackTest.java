package io.nodepass.transport.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nodepass.testkit.FlowDriver;
import io.nodepass.testkit.LeakExtension;
import io.nodepass.testkit.RealProgram;
import io.nodepass.testkit.Stage;
import io.nodepass.testkit.TestLoop;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The same wire as OpenSSL speaks it, by its own programs and by Python. */
@ExtendWith(LeakExtension.class)
class TlsPeersLoopbackTest {
  private static final int PYTHON_SENDS = 3_000_000;

  private final TestLoop loop = TestLoop.start();
  @RegisterExtension final Stage stage = new Stage();
  @TempDir Path directory;

  private Program python(int port, String mode) throws Exception {
    Path script = Path.of(getClass().getResource("/tls_peer.py").toURI());
    return stage.add(
        new Program(
            RealProgram.find("python3", "python3"),
            script.toString(),
            Integer.toString(port),
            mode));
  }

  private OpensslPeer openssl() {
    return new OpensslPeer(stage, directory);
  }

  @Test
  void pythonMayEndFirstAndStillReceive() throws Exception {
    TlsServer server = new TlsServer(loop);
    Program python = python(server.port(), "ends-first");
    TlsFlow flow = server.accept().flow();
    Hashing owner = loop.call(() -> new Hashing(flow));
    loop.until("its end", owner::ended);
    assertEquals(PYTHON_SENDS, owner.received());
    loop.run(() -> owner.send(2_000_000));
    loop.until("our end", owner::sentAll);
    python.awaitOutput("received");
    loop.run(flow::close);
    String said = python.finish();
    assertTrue(said.contains("speaks TLSv1.3"), said);
    assertTrue(said.contains("sent " + owner.receivedHash()), said);
    assertTrue(said.contains("received " + owner.sentHash()), said);
    assertTrue(said.contains("beneath ended"), said);
  }

  @Test
  void pythonMayEndLastAfterOurEnd() throws Exception {
    TlsServer server = new TlsServer(loop);
    Program python = python(server.port(), "ends-last");
    TlsFlow flow = server.accept().flow();
    Hashing owner = loop.call(() -> new Hashing(flow));
    loop.run(() -> owner.send(2_000_000));
    loop.until("its end", owner::ended);
    assertEquals(PYTHON_SENDS, owner.received());
    loop.run(flow::close);
    String said = python.finish();
    assertTrue(said.contains("sent " + owner.receivedHash()), said);
    assertTrue(said.contains("received " + owner.sentHash()), said);
    assertTrue(said.contains("beneath ended"), said);
  }

  @Test
  void aConnectionThatPythonCutsOffIsAnAbortAndNotAnEnd() throws Exception {
    TlsServer server = new TlsServer(loop);
    Program python = python(server.port(), "cuts");
    TlsFlow flow = server.accept().flow();
    FlowDriver driver = loop.call(() -> new FlowDriver(flow));
    loop.until("the abort", () -> driver.failure() != null);
    assertFalse(driver.ended());
    python.finish();
  }

  @ParameterizedTest
  @ValueSource(strings = {"K", "k"})
  void opensslMayChangeItsKeysAndAskForOurs(String command) throws Exception {
    TlsServer server = new TlsServer(loop);
    Program typing = openssl().dial(server.port(), "-tls1_3");
    TlsFlow flow = server.accept().flow();
    FlowDriver driver = loop.call(() -> new FlowDriver(flow));
    typing.type("before");
    loop.until("the first line", () -> driver.text().equals("before\n"));
    typing.type(command);
    typing.awaitOutput("KEYUPDATE");
    typing.type("after");
    loop.until("the second line", () -> driver.text().equals("before\nafter\n"));
    loop.run(() -> flow.write(ascii("with new keys\n")));
    typing.awaitOutput("with new keys");
    assertEquals(0, loop.pool().out());
    loop.run(() -> flow.abort(null));
  }

  @Test
  void anEndOfOpensslIsAnEnd() throws Exception {
    TlsServer server = new TlsServer(loop);
    Program client = openssl().dial(server.port(), "-tls1_3");
    TlsFlow flow = server.accept().flow();
    FlowDriver driver = loop.call(() -> new FlowDriver(flow));
    client.type("Q");
    loop.until("the end", driver::ended);
    assertNull(driver.failure());
    client.finish();
    loop.run(() -> flow.abort(null));
  }

  @Test
  void aClientOfTls12IsRefusedAndToldSo() throws Exception {
    TlsServer server = new TlsServer(loop);
    Program client = openssl().dial(server.port(), "-tls1_2");
    String reason = server.accept().failure().getMessage();
    assertTrue(reason.contains("TLS handshake with"), reason);
    assertTrue(reason.contains("protocol"), reason);
    String said = client.finish();
    assertTrue(said.contains("alert protocol version"), said);
  }

  @Test
  void aServerOfTls12IsRefused() throws Exception {
    int port = openssl().serve("-tls1_2").port();
    String reason = TlsDial.to(loop, port).failure().getMessage();
    assertTrue(reason.contains("TLS handshake with"), reason);
    assertTrue(reason.contains("protocol"), reason);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "TLS_AES_128_GCM_SHA256",
        "TLS_AES_256_GCM_SHA384",
        "TLS_CHACHA20_POLY1305_SHA256"
      })
  void aServerOfTls13AnswersWhateverTheCipherSuite(String suite) throws Exception {
    int port = openssl().serve("-tls1_3", "-rev", "-ciphersuites", suite).port();
    TlsFlow flow = TlsDial.to(loop, port).flow();
    assertEquals(suite, loop.call(() -> flow.session().getCipherSuite()));
    FlowDriver driver = loop.call(() -> new FlowDriver(flow));
    loop.run(() -> flow.write(ascii("straight\n")));
    loop.until("the answer", () -> driver.text().equals("thgiarts\n"));
    assertEquals(0, loop.pool().out());
    loop.run(() -> flow.abort(null));
  }

  private static ByteBuffer ascii(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
  }
}
