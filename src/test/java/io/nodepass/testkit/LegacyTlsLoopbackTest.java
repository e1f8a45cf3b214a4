package io.nodepass.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The habits of the original's TLS that the doubles have, on single connections. */
@Timeout(60)
class LegacyTlsLoopbackTest {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  @TempDir private static Path directory;
  private static Openssl.Issued root;
  private static Openssl.Issued identity;
  private static Openssl.Issued stranger;

  private final Crew crew = new Crew("tls test");

  /** The raw sockets and the TLS over them. */
  private record Pair(Socket dialledTcp, Wire dialled, Socket acceptedTcp, Wire accepted) {}

  @BeforeAll
  static void makeCertificates() throws IOException {
    Openssl openssl = new Openssl(directory);
    root = openssl.root("root");
    identity = openssl.server("server", root, Openssl.EC, "DNS:localhost");
    stranger = openssl.root("stranger");
  }

  @AfterEach
  void close() {
    crew.close();
  }

  @Test
  void endLeavesTcpOpenForTheOtherDirection() throws Exception {
    Pair pair = connect(LegacyTls.believing());
    pair.dialled.write(new byte[] {1, 2, 3}, 3);
    pair.dialled.end();
    byte[] into = new byte[8];
    assertEquals(3, pair.accepted.read(into));
    assertEquals(-1, pair.accepted.read(into));
    pair.acceptedTcp.setSoTimeout(100);
    assertThrows(SocketTimeoutException.class, () -> pair.acceptedTcp.getInputStream().read());
    pair.accepted.write(new byte[] {4}, 1);
    assertEquals(1, pair.dialled.read(into));
    pair.accepted.end();
    assertEquals(-1, pair.dialled.read(into));
  }

  @Test
  void closingSendsAnEndAndClosesTcp() throws Exception {
    Pair pair = connect(LegacyTls.believing());
    pair.accepted.close();
    assertEquals(-1, pair.dialled.read(new byte[8]));
    assertEquals(-1, pair.dialledTcp.getInputStream().read());
  }

  @Test
  void readTakesOneRecord() throws Exception {
    Pair pair = connect(LegacyTls.believing());
    pair.accepted.write("1234".getBytes(java.nio.charset.StandardCharsets.US_ASCII), 4);
    pair.accepted.write("5678".getBytes(java.nio.charset.StandardCharsets.US_ASCII), 4);
    assertEquals(4, pair.dialled.read(new byte[8]));
    assertEquals(4, pair.dialled.read(new byte[8]));
  }

  @Test
  void silenceIsToldFromBytesAndFromAnEnd() throws Exception {
    Pair silent = connect(LegacyTls.believing());
    assertTrue(silent.accepted.isSilentAndAlive());
    assertTrue(silent.accepted.isSilentAndAlive());
    silent.dialled.write(new byte[1], 1);
    Await.until("a byte is seen", PATIENCE, () -> !silent.accepted.isSilentAndAlive());
    Pair gone = connect(LegacyTls.believing());
    gone.dialled.close();
    Await.until("its end is seen", PATIENCE, () -> !gone.accepted.isSilentAndAlive());
  }

  @Test
  void onlyTheVerifyingSideNamesTheServer() throws Exception {
    assertEquals(List.of(), connect(LegacyTls.believing()).accepted.namesAskedFor());
    assertEquals(
        List.<SNIServerName>of(new SNIHostName("localhost")),
        connect(LegacyTls.verifying("localhost", root.crt())).accepted.namesAskedFor());
  }

  @Test
  void verifyingSideRefusesAnotherNameAndAnotherIssuer() {
    assertThrows(
        IOException.class, () -> connect(LegacyTls.verifying("elsewhere.test", root.crt())));
    assertThrows(
        IOException.class, () -> connect(LegacyTls.verifying("localhost", stranger.crt())));
  }

  /** One at a time and without a limit: the original's accept loop does nothing else meanwhile. */
  @Test
  void serverWaitsForOneHandshakeBeforeTheNext() throws IOException {
    try (EchoServer echo = EchoServer.start();
        LegacyServerDouble server =
            LegacyServerDouble.start(LegacyServerDouble.Settings.DEFAULTS.withTls(1, identity));
        LegacyClientDouble client = LegacyClientDouble.start(server.tunnel(), echo.address())) {
      Await.until("a full pool", PATIENCE, () -> client.ready() == 16 && server.ready() == 16);
      try (Socket silent = Users.connect(server.data(), PATIENCE)) {
        Users.of(server.ingress(), PATIENCE).inARow(8, 1_000);
        Await.never("handshakes behind it", Duration.ofMillis(1_500), () -> server.pooled() > 16);
        assertTrue(silent.isConnected());
      }
      Await.until("the pool is filled again", PATIENCE, () -> server.pooled() > 16);
      assertEquals(1, server.refused());
    }
  }

  @Test
  void clientThatTrustsAnotherIssuerGetsNoConnection() throws IOException {
    try (EchoServer echo = EchoServer.start();
        LegacyServerDouble server =
            LegacyServerDouble.start(LegacyServerDouble.Settings.DEFAULTS.withTls(2, identity));
        LegacyClientDouble client =
            LegacyClientDouble.start(
                LegacyClientDouble.Settings.DEFAULTS.trusting(stranger.crt()),
                server.tunnel(),
                echo.address())) {
      Await.until("some refused", PATIENCE, () -> client.refused() > 3);
      assertEquals(0, client.pooled());
    }
  }

  private Pair connect(LegacyTls client) throws Exception {
    try (ServerSocket listener = SocketPair.target()) {
      Socket dialled = crew.own(new Socket());
      dialled.connect(Ports.loopback(listener.getLocalPort()));
      Socket accepted = crew.own(listener.accept());
      CompletableFuture<Wire> server = new CompletableFuture<>();
      crew.spawn(
          "accept",
          () -> {
            try {
              server.complete(LegacyTls.server(identity).accept(accepted));
            } catch (IOException e) {
              server.completeExceptionally(e);
            }
          });
      Wire wire = client.connect(dialled);
      return new Pair(dialled, wire, accepted, server.get(PATIENCE.toSeconds(), TimeUnit.SECONDS));
    }
  }
}
