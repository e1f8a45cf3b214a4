package io.nodepass.transport.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nodepass.testkit.Believer;
import io.nodepass.testkit.FlowDriver;
import io.nodepass.testkit.LeakExtension;
import io.nodepass.testkit.Stage;
import io.nodepass.testkit.TestLoop;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The same wire as Go's crypto/tls speaks it, which is what the original uses, in either role. */
@ExtendWith(LeakExtension.class)
class GoTlsLoopbackTest {
  private static final int GO_SENDS = 3_000_000;
  private static final int WE_SEND = 2_000_000;

  /** As many as the peer does. */
  private static final int ROUNDS = 6;

  @TempDir private static Path directory;
  private static GoPeer go;

  private final TestLoop loop = TestLoop.start();
  @RegisterExtension final Stage stage = new Stage();

  /** What Go is. */
  enum Role {
    CLIENT,
    SERVER
  }

  /** Both ends of one connection. */
  private record Joined(Program program, Handshaking ours) {}

  @BeforeAll
  static void build() throws Exception {
    go = GoPeer.build(directory);
  }

  private Joined join(Role role, String scenario, SSLEngine ours) throws Exception {
    if (role == Role.SERVER) {
      Program program = stage.add(go.serve(TestKeys.pem(directory), scenario));
      return new Joined(program, TlsDial.to(loop, GoPeer.port(program), ours));
    }
    TlsServer server = new TlsServer(loop);
    Program program = stage.add(go.dial(server.port(), scenario));
    return new Joined(program, server.accept(ours));
  }

  private Joined join(Role role, String scenario) throws Exception {
    return join(role, scenario, engineAgainst(role));
  }

  private static SSLEngine engineAgainst(Role role) throws Exception {
    return role == Role.SERVER
        ? Tls13.client(TestKeys.client(), null, 1)
        : Tls13.server(TestKeys.server());
  }

  @ParameterizedTest
  @EnumSource
  void itMayEndFirstAndStillReceive(Role role) throws Exception {
    Joined joined = join(role, "ends-first");
    TlsFlow flow = joined.ours.flow();
    Hashing owner = loop.call(() -> new Hashing(flow));
    loop.until("its end", owner::ended);
    assertEquals(GO_SENDS, owner.received());
    loop.run(() -> owner.send(WE_SEND));
    loop.until("our end", owner::sentAll);
    joined.program.awaitOutput("received");
    loop.run(flow::close);
    String said = joined.program.finish();
    assertTrue(said.contains("speaks 304"), said);
    assertTrue(said.contains("sent " + owner.receivedHash()), said);
    assertTrue(said.contains("received " + owner.sentHash()), said);
    assertTrue(said.contains("beneath ended"), said);
  }

  @ParameterizedTest
  @EnumSource
  void itMayEndLastAfterOurEnd(Role role) throws Exception {
    Joined joined = join(role, "ends-last");
    TlsFlow flow = joined.ours.flow();
    Hashing owner = loop.call(() -> new Hashing(flow));
    loop.run(() -> owner.send(WE_SEND));
    loop.until("its end", owner::ended);
    assertEquals(GO_SENDS, owner.received());
    loop.run(flow::close);
    String said = joined.program.finish();
    assertTrue(said.contains("sent " + owner.receivedHash()), said);
    assertTrue(said.contains("received " + owner.sentHash()), said);
    assertTrue(said.contains("beneath ended"), said);
  }

  @ParameterizedTest
  @EnumSource
  void aConnectionThatItCutsOffIsAnAbortAndNotAnEnd(Role role) throws Exception {
    aborted(join(role, "cuts"));
  }

  @ParameterizedTest
  @EnumSource
  void aConnectionThatItResetsIsAnAbort(Role role) throws Exception {
    Joined joined = join(role, "resets");
    TlsFlow flow = joined.ours.flow();
    loop.run(() -> flow.write(ascii("!")));
    aborted(joined);
  }

  private void aborted(Joined joined) throws Exception {
    TlsFlow flow = joined.ours.flow();
    FlowDriver driver = loop.call(() -> new FlowDriver(flow));
    loop.until("the abort", () -> driver.failure() != null);
    assertFalse(driver.ended());
    joined.program.finish();
  }

  @ParameterizedTest
  @EnumSource
  void ourAbortIsNoEndToIt(Role role) throws Exception {
    Joined joined = join(role, "reads");
    TlsFlow flow = joined.ours.flow();
    loop.run(() -> flow.write(ascii("half a word")));
    loop.run(() -> flow.abort(null));
    String said = joined.program.finish();
    assertTrue(said.contains("read until"), said);
    assertFalse(said.contains("read until <nil>"), said);
  }

  @ParameterizedTest
  @EnumSource
  void aPeerOfTls12IsRefused(Role role) throws Exception {
    Joined joined = join(role, "is-old");
    String reason = joined.ours.failure().getMessage();
    assertTrue(reason.contains("TLS handshake with"), reason);
    assertTrue(reason.contains("protocol"), reason);
    String said = joined.program.finish();
    assertTrue(said.contains("failed"), said);
    // As a client it reads our alert, as a server it finds nothing to its taste.
    assertTrue(said.contains("protocol version") || said.contains("unsupported versions"), said);
  }

  @Test
  void itsServerResumesForEachOfOurSlots() throws Exception {
    Program program = stage.add(go.serve(TestKeys.pem(directory), "names"));
    int port = GoPeer.port(program);
    Believer shown = new Believer();
    SSLContext context = TestKeys.client(shown);
    ResumingEngines engines =
        new ResumingEngines(context, alias -> Tls13.client(context, null, alias), 1);
    for (int i = 0; i < ROUNDS; i++) {
      ResumingEngines.Dial dial = engines.dial();
      TlsFlow flow = TlsDial.to(loop, port, dial.engine()).flow();
      FlowDriver driver = loop.call(() -> new FlowDriver(flow));
      loop.until("its name", () -> driver.text().equals("0badc0de"));
      dial.end(true);
      loop.run(flow::shutdownOutput);
      loop.until("its end", driver::ended);
      loop.run(flow::close);
    }
    assertEquals(1, shown.shown(), "full handshakes");
    String said = program.finish();
    assertEquals(1, said.split("resumed false", -1).length - 1, said);
    assertEquals(ROUNDS - 1, said.split("resumed true", -1).length - 1, said);
    assertEquals(ROUNDS, said.split("read until <nil>", -1).length - 1, said);
  }

  @Test
  void itsClientResumesWithOurServer() throws Exception {
    TlsServer server = new TlsServer(loop);
    SSLContext context = TestKeys.server();
    Program program = stage.add(go.dial(server.port(), "is-named"));
    for (int i = 0; i < ROUNDS; i++) {
      SSLEngine engine = Tls13.server(context);
      Handshaking next = i < ROUNDS - 1 ? server.next(engine) : server.accept(engine);
      TlsFlow flow = next.flow();
      FlowDriver driver = loop.call(() -> new FlowDriver(flow));
      loop.run(() -> flow.write(ascii("0badc0de")));
      loop.until("its end", driver::ended);
      assertNull(driver.failure());
      loop.run(flow::close);
    }
    String said = program.finish();
    assertEquals(ROUNDS, said.split("named 8 0badc0de <nil>", -1).length - 1, said);
    assertEquals(1, said.split("resumed false", -1).length - 1, said);
    assertEquals(ROUNDS - 1, said.split("resumed true", -1).length - 1, said);
  }

  /** Go never changes its keys by itself; it follows ours and changes its own when asked to. */
  @ParameterizedTest
  @EnumSource
  void itFollowsOurChangeOfKeysAndChangesItsOwn(Role role) throws Exception {
    SSLEngine engine = engineAgainst(role);
    Joined joined = join(role, "echoes", engine);
    TlsFlow flow = joined.ours.flow();
    FlowDriver driver = loop.call(() -> new FlowDriver(flow));
    loop.run(() -> flow.write(ascii("old keys, ")));
    loop.until("the echo", () -> driver.text().equals("old keys, "));
    for (int i = 1; i <= 3; i++) {
      // After a TLS 1.3 handshake this means: change the keys, and ask the peer to do so too.
      loop.run(engine::beginHandshake);
      assertEquals(HandshakeStatus.NEED_WRAP, loop.call(engine::getHandshakeStatus));
      String expected = driver.text() + "new keys, ";
      loop.run(() -> flow.write(ascii("new keys, ")));
      assertEquals(HandshakeStatus.NOT_HANDSHAKING, loop.call(engine::getHandshakeStatus));
      loop.until("the echo under new keys", () -> driver.text().equals(expected));
    }
    loop.run(flow::shutdownOutput);
    loop.until("its end", driver::ended);
    assertNull(driver.failure());
    loop.run(flow::close);
    String said = joined.program.finish();
    assertTrue(said.contains("echoed 40 <nil>"), said);
  }

  private static ByteBuffer ascii(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
  }
}
