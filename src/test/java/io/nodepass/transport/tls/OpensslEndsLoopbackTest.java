package io.nodepass.transport.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nodepass.testkit.FlowDriver;
import io.nodepass.testkit.LeakExtension;
import io.nodepass.testkit.Patterns;
import io.nodepass.testkit.Stage;
import io.nodepass.testkit.TestLoop;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * How connections end between us and the openssl program, which gives up when it is told an end.
 */
@ExtendWith(LeakExtension.class)
class OpensslEndsLoopbackTest {
  private static final int SIZE = 3_000_000;

  private final TestLoop loop = TestLoop.start();
  @RegisterExtension final Stage stage = new Stage();
  @TempDir Path directory;
  private OpensslPeer openssl;

  @BeforeEach
  void findIt() {
    openssl = new OpensslPeer(stage, directory);
  }

  /**
   * Of letters alone, since the program takes some other bytes for commands, and of that length.
   */
  private Path letters() throws Exception {
    byte[] text = Base64.getMimeEncoder().encode(Patterns.bytes(7, SIZE));
    return Files.write(directory.resolve("letters"), Arrays.copyOf(text, SIZE));
  }

  private static String sha256(byte[] bytes) {
    return HexFormat.of().formatHex(Patterns.newSha256().digest(bytes));
  }

  @Test
  void aClientMayEndFirst() throws Exception {
    TlsServer server = new TlsServer(loop);
    Program client = openssl.dial(server.port(), "-quiet", "-no_ign_eof", "-nocommands");
    TlsFlow flow = server.accept().flow();
    Hashing owner = loop.call(() -> new Hashing(flow));
    Path letters = letters();
    client.typeAll(letters);
    loop.until("its end", owner::ended);
    assertEquals(SIZE, owner.received());
    assertEquals(sha256(Files.readAllBytes(letters)), owner.receivedHash());
    loop.run(flow::shutdownOutput);
    loop.run(flow::close);
    client.finish();
  }

  @Test
  void aClientReceivesAllBeforeOurEnd() throws Exception {
    TlsServer server = new TlsServer(loop);
    Program client = openssl.dial(server.port(), "-quiet", "-verify_quiet", "-nocommands");
    TlsFlow flow = server.accept().flow();
    Hashing owner = loop.call(() -> new Hashing(flow));
    loop.run(() -> owner.send(SIZE));
    loop.until("its end, which answers ours", owner::ended);
    loop.run(flow::close);
    byte[] got = client.finish().getBytes(StandardCharsets.ISO_8859_1);
    // What it says of the certificate stands before.
    assertEquals(owner.sentHash(), sha256(Arrays.copyOfRange(got, got.length - SIZE, got.length)));
  }

  @Test
  void aServerMayEndFirst() throws Exception {
    // Of all that this program can be told to do, only this ends by a close_notify.
    OpensslPeer.Server server = openssl.serve("-rev", "-naccept", "1");
    TlsFlow flow = TlsDial.to(loop, server.port()).flow();
    FlowDriver driver = loop.call(() -> new FlowDriver(flow));
    loop.run(() -> flow.write(ascii("drow tsal eht\nCLOSE\n")));
    loop.until("its end", driver::ended);
    assertEquals("the last word\n", driver.text());
    assertNull(driver.failure());
    loop.run(flow::shutdownOutput);
    loop.run(flow::close);
    server.program().finish();
  }

  @Test
  void aServerStillAnswersAfterOurEnd() throws Exception {
    Path letters = letters();
    OpensslPeer.Server server = openssl.serve("-HTTP", "-http_server_binmode", "-naccept", "1");
    TlsFlow flow = TlsDial.to(loop, server.port()).flow();
    Hashing owner = loop.call(() -> new Hashing(flow));
    loop.run(
        () -> {
          flow.write(ascii("GET /" + letters.getFileName() + " HTTP/1.0\r\n\r\n"));
          flow.shutdownOutput();
        });
    loop.until("its end", owner::ended);
    assertEquals(SIZE, owner.received());
    assertEquals(sha256(Files.readAllBytes(letters)), owner.receivedHash());
    loop.run(flow::close);
    server.program().finish();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void oneThatIsKilledIsAnAbortAndNotAnEnd(boolean isServer) throws Exception {
    Talk talk = talk(isServer);
    talk.program.close();
    loop.until("the abort", () -> talk.driver.failure() != null);
    assertFalse(talk.driver.ended());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void ourAbortIsAnErrorToIt(boolean isServer) throws Exception {
    Talk talk = talk(isServer);
    loop.run(() -> talk.flow.abort(null));
    if (isServer) {
      talk.program.awaitOutput("ERROR");
    } else {
      String said = talk.program.finish();
      assertTrue(said.contains("errno="), said);
    }
  }

  /** A connection on which both have been heard. */
  private record Talk(Program program, TlsFlow flow, FlowDriver driver) {}

  private Talk talk(boolean isServer) throws Exception {
    Program program;
    TlsFlow flow;
    if (isServer) {
      OpensslPeer.Server server = openssl.serve("-tls1_3");
      program = server.program();
      flow = TlsDial.to(loop, server.port()).flow();
    } else {
      TlsServer server = new TlsServer(loop);
      program = openssl.dial(server.port());
      flow = server.accept().flow();
    }
    FlowDriver driver = loop.call(() -> new FlowDriver(flow));
    program.type("hello");
    loop.until("its word", () -> driver.text().equals("hello\n"));
    loop.run(() -> flow.write(ascii("good day")));
    program.awaitOutput("good day");
    return new Talk(program, flow, driver);
  }

  private static ByteBuffer ascii(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
  }
}
