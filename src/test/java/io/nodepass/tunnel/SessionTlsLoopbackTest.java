package io.nodepass.tunnel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nodepass.transport.tls.KeyStretching;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A server's sessions in TLS, where data connections carry frames and are used again. */
@Timeout(60)
class SessionTlsLoopbackTest {
  private static final int OPEN = 1;
  private static final int DATA = 2;
  private static final int END = 3;
  private static final int ABORT = 4;
  private static final int DONE = 5;

  private static String frame(int type, int flow, String payload) {
    char[] head = {
      (char) type, 0, (char) (payload.length() >> 8), (char) (payload.length() & 255), 0, 0, 0, 0
    };
    head[6] = (char) (flow >> 8);
    head[7] = (char) (flow & 255);
    return new String(head) + payload;
  }

  /** Reads a frame, which has to be of that type and flow, and gives its payload. */
  private static String expect(Peer data, int type, int flow) throws IOException {
    String head = data.read(8);
    String payload = data.read((head.charAt(2) << 8) + head.charAt(3));
    assertEquals(frame(type, flow, payload), head + payload);
    return payload;
  }

  /** That a user gets through on this connection, as the flow of that number. */
  private static void expectService(RunningTunnel server, Peer data, int flow) throws Exception {
    try (Peer user = Peer.connect(server.ingress())) {
      String signal = expect(data, OPEN, flow);
      assertTrue(signal.matches("//[0-9a-f]{8}\\?src=127\\.0\\.0\\.1:[0-9]+#1"), signal);
      user.send("hello");
      assertEquals("hello", expect(data, DATA, flow));
      user.halfClose();
      expect(data, END, flow);
      data.send(frame(DATA, flow, "world") + frame(END, flow, "") + frame(DONE, flow, ""));
      assertEquals("world", user.read(5));
      user.expectEnd();
    }
  }

  @Test
  void aConnectionServesOneUserAfterAnother() throws Exception {
    try (RunningTunnel server = RunningTunnel.anyServer("&tls=1");
        HandClient client = HandClient.open(server);
        Peer data = client.data()) {
      for (int flow = 1; flow <= 20; flow++) {
        expectService(server, data, flow);
      }
      server.untilRunning(0);
    }
  }

  /** More than the home loop keeps for itself, so that some of them have to come home. */
  @Test
  void connectionsComeBackFromWhicheverLoopTheyWereUsedOn() throws Exception {
    int count = 40;
    List<Peer> all = new ArrayList<>();
    try (RunningTunnel server = RunningTunnel.anyServer("&tls=1");
        HandClient client = HandClient.open(server)) {
      for (int i = 0; i < count; i++) {
        all.add(client.data());
      }
      List<Peer> users = new ArrayList<>();
      for (int flow = 1; flow <= 2; flow++) {
        for (int i = 0; i < count; i++) {
          users.add(Peer.connect(server.ingress()));
        }
        for (Peer data : all) {
          expect(data, OPEN, flow);
        }
        for (Peer user : users) {
          user.halfClose();
        }
        for (Peer data : all) {
          expect(data, END, flow);
          data.send(frame(END, flow, "") + frame(DONE, flow, ""));
        }
        for (Peer user : users) {
          user.expectEnd();
          user.close();
        }
        users.clear();
        server.untilRunning(0);
      }
    } finally {
      for (Peer data : all) {
        data.close();
      }
    }
  }

  @Test
  void aClientWithTheKeyIsServed() throws Exception {
    byte[] key = KeyStretching.stretch("a-key-for-this-test");
    try (RunningTunnel server =
            RunningTunnel.start(
                "server://a-key-for-this-test@127.0.0.1:0/127.0.0.1:0?loops=1&report_interval=0");
        HandClient client = new HandClient(server.control(), key).hello().open();
        Peer data = client.data()) {
      expectService(server, data, 1);
      server.untilLogged(", with a key"); // ready
      server.untilLogged(", with the key"); // connected
    }
  }

  @Test
  void aUserWhoAbortsIsAnAbortOnTheConnectionWhichIsNotUsedAgain() throws Exception {
    try (RunningTunnel server = RunningTunnel.anyServer("&tls=1");
        HandClient client = HandClient.open(server);
        Peer data = client.data();
        Peer user = Peer.connect(server.ingress())) {
      expect(data, OPEN, 1);
      user.abort();
      expect(data, ABORT, 1);
      data.expectGone();
      server.untilRunning(0);
    }
  }

  @Test
  void aClientThatAbortsAFlowAbortsItsUser() throws Exception {
    try (RunningTunnel server = RunningTunnel.anyServer("&tls=1");
        HandClient client = HandClient.open(server);
        Peer data = client.data();
        Peer user = Peer.connect(server.ingress())) {
      expect(data, OPEN, 1);
      data.send(frame(ABORT, 1, "refused no service"));
      user.expectAbort();
    }
  }

  @Test
  void anIdleConnectionThatEndsIsPassedOver() throws Exception {
    try (RunningTunnel server = RunningTunnel.anyServer("&tls=1");
        HandClient client = HandClient.open(server);
        Peer good = client.data();
        Peer dead = client.data()) {
      dead.abort();
      server.untilLogged("ready connection dropped");
      expectService(server, good, 1);
    }
  }

  @Test
  void aConnectionThatIsInUseWhenItsSessionEndsGoesOnAndIsClosedThen() throws Exception {
    try (RunningTunnel server = RunningTunnel.anyServer("&tls=1");
        HandClient client = HandClient.open(server);
        Peer data = client.data();
        Peer user = Peer.connect(server.ingress())) {
      expect(data, OPEN, 1);
      client.control().close();
      server.untilLogged("control channel lost: client");
      user.send("still");
      assertEquals("still", expect(data, DATA, 1));
      user.halfClose();
      expect(data, END, 1);
      data.send(frame(END, 1, "") + frame(DONE, 1, ""));
      user.expectEnd();
      data.expectGone();
    }
  }

  @Test
  void anIdleConnectionIsClosedAfterAMinuteButNotBelowTheLeastNumber() throws Exception {
    try (RunningTunnel server = RunningTunnel.anyServer("&tls=1");
        HandClient client = HandClient.open(server);
        Peer one = client.data();
        Peer two = client.data();
        Peer three = client.data()) {
      expectService(server, three, 1);
      server.untilRunning(0);
      server.pass(Duration.ofSeconds(61));
      one.expectGone();
      assertTrue(two.isSilentFor(50) && three.isSilentFor(50), "closed below the least number");
    }
  }

  @Test
  void aDataConnectionWithoutTlsIsRefusedWhereThereIsTls() throws Exception {
    try (RunningTunnel server = RunningTunnel.anyServer("&tls=1");
        HandClient client = HandClient.open(server);
        Peer plain = Peer.connect(server.control())) {
      plain.send(client.dataLine(plain, 1));
      assertEquals("malformed", HandClient.refused(plain));
    }
  }

  @Test
  void aHelloInsideTlsIsRefused() throws Exception {
    try (RunningTunnel server = RunningTunnel.anyServer("&tls=1");
        Peer peer = Peer.connect(server.control());
        Peer tls = peer.secured()) {
      tls.send(HandClient.HELLO);
      assertEquals("malformed", HandClient.refused(tls));
    }
  }

  @Test
  void aTokenThatIsBoundToNoCertificateIsRefused() throws Exception {
    try (RunningTunnel server = RunningTunnel.anyServer("&tls=1");
        HandClient client = HandClient.open(server);
        Peer plain = Peer.connect(server.control())) {
      assertEquals("token", client.refusedData(client.dataLine(plain, 1)));
    }
  }

  @Test
  void aSilentConnectionInTlsIsToldThatItIsLate() throws Exception {
    try (RunningTunnel server = RunningTunnel.anyServer("&tls=1");
        HandClient client = HandClient.open(server);
        Peer silent = client.connect();
        Peer data = client.data()) { // which comes when the server is done with the one before
      server.pass(Duration.ofSeconds(6));
      assertEquals("late", HandClient.refused(silent));
      assertTrue(data.isSilentFor(50), "closed");
    }
  }

  /** It is not silent, as they are not: it has said hello. */
  @Test
  void halfAHandshakeFromTheClientsOwnAddressDoesNotEndItsOpening() throws Exception {
    List<Peer> strangers = new ArrayList<>();
    try (RunningTunnel server = RunningTunnel.anyServer("&tls=1&unproven=64");
        HandClient client = new HandClient(server.control(), null)) {
      addHalfHandshakes(server, 7, strangers);
      settle(server);
      client.control().send(HandClient.HELLO);
      settle(server);
      addHalfHandshakes(server, 7, strangers);
      strangers.get(5).expectAbort();
      client.answered().open();
    } finally {
      for (Peer stranger : strangers) {
        stranger.close();
      }
    }
  }

  /** Until the server has taken what was said to it so far. */
  private static void settle(RunningTunnel server) throws Exception {
    try (Peer last = Peer.connect("127.0.0.2", server.control())) {
      last.send("?");
      assertEquals("malformed", HandClient.refused(last));
    }
  }

  private static void addHalfHandshakes(RunningTunnel server, int count, List<Peer> strangers)
      throws IOException {
    for (int i = 0; i < count; i++) {
      Peer stranger = Peer.connect(server.control());
      strangers.add(stranger);
      stranger.send("\u0016\u0003\u0001");
    }
  }
}
