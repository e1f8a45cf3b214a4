package io.nodepass.tunnel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How a server tells by the first bytes, or by silence, what came to its tunnel port. */
@Timeout(30)
class FrontDoorLoopbackTest {
  /** A quarter of {@code unproven=}. */
  private static final int OF_NETWORK = 128;

  private static InetSocketAddress dataPort(Peer control) throws IOException {
    ControlLine line = ControlLine.parse(control.readLine());
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), line.port());
  }

  private static void expectLegacyService(RunningTunnel server, Peer control, Peer data)
      throws Exception {
    try (Peer user = Peer.connect(server.ingress())) {
      String id = data.read(8);
      assertEquals("//" + id + "#1\n", control.readLine());
      user.send("hello");
      assertEquals("hello", data.read(5));
    }
  }

  /** Until the server has accepted what connected so far. */
  private static void settle(RunningTunnel server) throws Exception {
    try (Peer last = Peer.connect(server.control())) {
      last.send("?");
      assertEquals("malformed", HandClient.refused(last));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 100, 290})
  void aHelloWithinTheGraceIsAnsweredAndNothingElseIsSaid(int millis) throws Exception {
    try (RunningTunnel server = RunningTunnel.anyServer("");
        HandClient client = new HandClient(server.control(), null)) {
      settle(server);
      server.pass(Duration.ofMillis(millis));
      client.hello().open();
      assertFalse(server.log.has("data port"), server.log::toString);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {310, 2000})
  void aHelloThatIsLateComesAfterTheLegacyLineAndIsAnsweredAllTheSame(int millis) throws Exception {
    try (RunningTunnel server = RunningTunnel.anyServer("");
        HandClient client = new HandClient(server.control(), null)) {
      settle(server);
      server.pass(Duration.ofMillis(millis));
      assertTrue(client.control().readLine().matches("//[0-9]+#0\n"));
      client.hello().open();
      server.untilLogged("closed: no client of the legacy dialect is left");
      assertFalse(server.log.has("control channel lost"), server.log::toString);
    }
  }

  @Test
  void aHelloInSingleBytesIsAnswered() throws Exception {
    try (RunningTunnel server = RunningTunnel.anyServer("");
        HandClient client = new HandClient(server.control(), null)) {
      client.control().sendInSingleBytes(HandClient.HELLO);
      client.answered().open();
    }
  }

  @Test
  void aFirstByteEndsTheGraceAndTheLineHasFiveSeconds() throws Exception {
    try (RunningTunnel server = RunningTunnel.anyServer("");
        HandClient client = new HandClient(server.control(), null);
        Peer slow = Peer.connect(server.control())) {
      client.control().send("/");
      slow.send("//hel");
      settle(server);
      server.pass(Duration.ofMillis(4900));
      client.control().send(HandClient.HELLO.substring(1));
      client.answered().open();
      server.pass(Duration.ofMillis(200));
      assertEquals("late", HandClient.refused(slow));
    }
  }

  @Test
  void whoSaysNothingIsALegacyClientForWhomTheDataPortIsOpenedAndClosedAgain() throws Exception {
    try (RunningTunnel server = RunningTunnel.anyServer("&ports=20000-29999")) {
      assertFalse(server.log.has("data port"), server.log::toString);
      InetSocketAddress port;
      try (Peer control = Peer.connect(server.control())) {
        settle(server);
        assertTrue(control.isSilentFor(50), "greeted within the grace");
        server.pass(Duration.ofMillis(300));
        port = dataPort(control);
        server.untilLogged("data port " + port.getPort() + " opened for clients of the legacy");
        try (Peer data = Peer.connect(port)) {
          expectLegacyService(server, control, data);
        }
      }
      server.untilLogged("data port " + port.getPort() + " closed");
      try (ServerSocket free = new ServerSocket()) {
        free.setReuseAddress(true);
        free.bind(port);
      }
    }
  }

  @Test
  void aLegacyClientThatSaysHelloLosesItsReadyConnectionsAndGetsASession() throws Exception {
    try (RunningTunnel server = RunningTunnel.anyServer("");
        HandClient client = new HandClient(server.control(), null)) {
      settle(server);
      server.pass(Duration.ofMillis(300));
      try (Peer data = Peer.connect(dataPort(client.control()))) {
        data.read(8);
        server.untilLogged("client connected");
        client.hello().open();
        data.expectEnd();
        try (Peer ready = client.data();
            Peer user = Peer.connect(server.ingress())) {
          ready.readLine();
          user.send("x");
          assertEquals("x", ready.read(1));
        }
      }
      assertFalse(server.log.has("control channel lost"), server.log::toString);
    }
  }

  @Test
  void aLegacyClientIsServedWhenNoSessionIsLeft() throws Exception {
    try (RunningTunnel server = RunningTunnel.anyServer("");
        Peer legacy = Peer.connect(server.control())) {
      settle(server);
      server.pass(Duration.ofMillis(300));
      try (Peer data = Peer.connect(dataPort(legacy))) {
        String id = data.read(8);
        server.untilLogged("client connected");
        try (HandClient client = HandClient.open(server);
            Peer ready = client.data();
            Peer user = Peer.connect(server.ingress())) {
          user.send("x");
          ready.readLine();
          assertEquals("x", ready.read(1));
        }
        server.untilLogged("control channel lost");
        try (Peer user = Peer.connect(server.ingress())) {
          assertEquals("//" + id + "#1\n", legacy.readLine());
          user.send("y");
          assertEquals("y", data.read(1));
        }
      }
    }
  }

  @Test
  void anAddressWithASessionHasThreeSecondsOfGrace() throws Exception {
    try (RunningTunnel server = RunningTunnel.anyServer("");
        HandClient client = HandClient.open(server);
        Peer late = Peer.connect(server.control());
        Peer silent = Peer.connect(server.control())) {
      settle(server);
      server.pass(Duration.ofMillis(2900));
      late.send(client.dataLine(late, 1));
      assertTrue(late.readLine().startsWith("//ready?mac="));
      assertTrue(silent.isSilentFor(50), "greeted within the grace");
      server.pass(Duration.ofMillis(100));
      dataPort(silent);
    }
  }

  @Test
  void aDataPortThatCannotBeOpenedIsSaidAndTheServerGoesOn() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        RunningTunnel server =
            RunningTunnel.anyServer("&ports=" + taken.getLocalPort() + "-" + taken.getLocalPort());
        Peer legacy = Peer.connect(server.control())) {
      settle(server);
      server.pass(Duration.ofMillis(300));
      legacy.expectGone();
      server.untilLogged("closed: no free data port in " + taken.getLocalPort());
      HandClient.open(server).close();
    }
  }

  @Test
  void aServerOfTheSessionDialectAloneGreetsNobody() throws Exception {
    try (RunningTunnel server = RunningTunnel.anyServer("&proto=session");
        Peer silent = Peer.connect(server.control())) {
      settle(server);
      server.pass(Duration.ofMillis(4900));
      assertTrue(silent.isSilentFor(50), "spoke too early");
      server.pass(Duration.ofMillis(100));
      assertEquals("legacy", HandClient.refused(silent));
      HandClient.open(server).close();
    }
  }

  @Test
  void aServerWithAKeyGreetsNobody() throws Exception {
    try (RunningTunnel server =
            RunningTunnel.start(
                "server://a-key-for-this-test@127.0.0.1:0/127.0.0.1:0?loops=1&report_interval=0");
        Peer silent = Peer.connect(server.control())) {
      settle(server);
      server.pass(Duration.ofSeconds(5));
      assertEquals("key-missing", HandClient.refused(silent));
    }
  }

  @Test
  void aLegacyServerGreetsAtOnceAndIgnoresAHello() throws Exception {
    try (RunningTunnel server = RunningTunnel.server("");
        Peer control = Peer.connect(server.control())) {
      control.send(HandClient.HELLO);
      try (Peer data = Peer.connect(dataPort(control))) {
        expectLegacyService(server, control, data);
      }
      server.untilLogged("server ready");
      assertTrue(server.log.has(", data port "), server.log::toString);
    }
  }

  @Test
  void aWebSocketIsRefusedInItsOwnWords() throws Exception {
    try (RunningTunnel server = RunningTunnel.anyServer("");
        Peer browser = Peer.connect(server.control())) {
      browser.send("GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n");
      assertEquals("HTTP/1.1 400 Bad Request\r\n", browser.readLine());
      server.untilLogged("refused: WebSocket is not supported");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "'x', malformed",
    "'//helio?v=2\n', malformed",
    "'//hello?v=2\nmore', malformed",
    "'//hello?v=x\n', malformed",
    "'//hello?v=2&v=2\n', malformed",
    "'//hello?v=1\n', version",
    "'//data?n=1\n', malformed",
    "'POST / HTTP/1.1\r\n', malformed",
    "'\u0016\u0003\u0001\u0001\u0001', malformed",
  })
  void aFirstLineThatIsNoneIsRefusedWithAReason(String line, String code) throws Exception {
    try (RunningTunnel server = RunningTunnel.anyServer("");
        Peer peer = Peer.connect(server.control())) {
      peer.send(line);
      assertEquals(code, HandClient.refused(peer));
      server.untilLogged(" refused");
    }
  }

  /** A ticket of the server's is in it, and certificates can be in the ticket. */
  @Test
  void aFirstMessageOfTlsMayBeLongerThanALine() throws Exception {
    try (RunningTunnel server = RunningTunnel.anyServer("&tls=1");
        Peer peer = Peer.connect(server.control())) {
      peer.send("\u0016\u0003\u0001 \u0000" + "\u0001\u0000\u001f\u00fc" + "x".repeat(3000));
      assertTrue(peer.isSilentFor(200), "refused");
      assertFalse(server.log.has("refused"), server.log::toString);
    }
  }

  @Test
  void aFirstLineWithoutAnEndIsRefused() throws Exception {
    try (RunningTunnel server = RunningTunnel.anyServer("");
        Peer peer = Peer.connect(server.control())) {
      peer.send("//hello?v=2&x=" + "y".repeat(1100));
      assertEquals("malformed", HandClient.refused(peer));
    }
  }

  @Test
  void silentStrangersBeyondTheLimitOfTheirNetworkMakeRoomAndKeepNobodyOut() throws Exception {
    List<Peer> strangers = new ArrayList<>();
    try (RunningTunnel server = RunningTunnel.anyServer("&proto=session")) {
      for (int i = 0; i <= OF_NETWORK; i++) {
        strangers.add(Peer.connect("127.0.0.2", server.control()));
      }
      strangers.get(0).expectAbort();
      assertTrue(strangers.get(1).isSilentFor(50), "more than one made room");
      for (int host = 3; host <= 6; host++) {
        for (int i = 0; i < OF_NETWORK; i++) {
          connectUnlessRefused("127.0.0." + host, server.control(), strangers);
        }
      }
      strangers.get(1).expectAbort();
      try (HandClient client = HandClient.open(server);
          Peer data = client.data()) {
        assertTrue(data.isSilentFor(50), "closed");
      }
    } finally {
      for (Peer stranger : strangers) {
        stranger.close();
      }
    }
  }

  /** They need not come fast: each keeps its place for five seconds. */
  @Test
  void halfALineFromTheClientsOwnAddressDoesNotEndItsOpening() throws Exception {
    List<Peer> strangers = new ArrayList<>();
    try (RunningTunnel server = RunningTunnel.anyServer("&unproven=16");
        HandClient client = new HandClient(server.control(), null).hello()) {
      for (int i = 0; i < 20; i++) {
        Peer stranger = Peer.connect(server.control());
        strangers.add(stranger);
        stranger.send("//hel");
        settle(server);
      }
      client.open();
    } finally {
      for (Peer stranger : strangers) {
        stranger.close();
      }
    }
  }

  @Test
  void theBoundOfThoseWhoHaveProvedNothingIsAsTheUrlSays() throws Exception {
    List<Peer> strangers = new ArrayList<>();
    try (RunningTunnel server = RunningTunnel.anyServer("&proto=session&unproven=16")) {
      for (int i = 0; i <= 4; i++) {
        strangers.add(Peer.connect("127.0.0.2", server.control()));
      }
      strangers.get(0).expectAbort();
      assertTrue(strangers.get(1).isSilentFor(50), "more than one made room");
    } finally {
      for (Peer stranger : strangers) {
        stranger.close();
      }
    }
  }

  private static void connectUnlessRefused(String from, InetSocketAddress to, List<Peer> peers)
      throws IOException {
    try {
      peers.add(Peer.connect(from, to));
    } catch (ConnectException e) {
      throw e;
    } catch (SocketException e) {
      // Turned away before it could look.
    }
  }
}
