package io.nodepass.tunnel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.nodepass.testkit.Ports;
import io.nodepass.transport.tls.KeyStretching;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Why a server does not open a session, or take a data connection, and that it says so. */
@Timeout(30)
class SessionRefusalLoopbackTest {
  private static final String WITH_KEY =
      "server://a-key-for-this-test@127.0.0.1:0/127.0.0.1:0?loops=1&report_interval=0";

  @ParameterizedTest
  @CsvSource({
    "auth, key, key-unexpected",
    "auth, some, malformed",
    "flow, forward, flow",
    "carry, udp, flow",
    "name, other, name",
    "client, 00, malformed",
    "nonce, zz, malformed",
    "min, -1, malformed",
    "min, 9, malformed",
  })
  void anOpeningThatDoesNotFitIsRefused(String field, String value, String code) throws Exception {
    try (RunningTunnel server = RunningTunnel.anyServer("");
        HandClient client = new HandClient(server.control(), null).hello()) {
      client.send(client.draft().with(field, value).build());
      assertEquals(code, client.refusal());
      server.untilLogged("session with 127.0.0.1");
      server.untilLogged(" refused (" + code + "): ");
    }
  }

  @Test
  void whatDoesNotBelongThereIsRefused() throws Exception {
    try (RunningTunnel server = RunningTunnel.anyServer("");
        HandClient client = new HandClient(server.control(), null).hello();
        HandClient other = new HandClient(server.control(), null).hello()) {
      client.send(SessionLine.of("proof").build());
      assertEquals("malformed", client.refusal());
      other.control().send("x".repeat(1100));
      assertEquals("malformed", other.refusal());
    }
  }

  @Test
  void anOpeningThatTakesTooLongIsRefused() throws Exception {
    try (RunningTunnel server = RunningTunnel.anyServer("");
        HandClient client = new HandClient(server.control(), null).hello()) {
      client.send(client.draft().build());
      client.read();
      server.pass(Duration.ofSeconds(10));
      assertEquals("late", client.refusal());
      server.untilLogged("opening the session took too long");
    }
  }

  @Test
  void aClientWithoutTheKeyIsRefused() throws Exception {
    try (RunningTunnel server = RunningTunnel.start(WITH_KEY);
        HandClient client = new HandClient(server.control(), null).hello()) {
      client.send(client.draft().build());
      assertEquals("key-missing", client.refusal());
    }
  }

  @Test
  void aClientWithAnotherKeyIsRefused() throws Exception {
    byte[] key = KeyStretching.stretch("another-key-for-this-test");
    try (RunningTunnel server = RunningTunnel.start(WITH_KEY);
        HandClient client = new HandClient(server.control(), key).hello()) {
      client.send(client.draft().build());
      assertEquals("challenge", client.read().what());
      client.send(SessionLine.of("proof").with("mac", "00".repeat(32)).build());
      assertEquals("key-wrong", client.refusal());
      server.untilLogged("refused (key-wrong): the key is another one");
    }
  }

  /** Who could not be told from somebody who wants the first one's users. */
  @Test
  void withoutAKeyASecondClientIsOfTheSameAddress() throws Exception {
    try (RunningTunnel server = RunningTunnel.anyServer("");
        HandClient first = HandClient.open(server);
        HandClient elsewhere = new HandClient(server.control(), null, "127.0.0.2").hello()) {
      elsewhere.send(elsewhere.draft().build());
      elsewhere.read();
      elsewhere.send(SessionLine.of("proof").build());
      assertEquals("busy", elsewhere.refusal());
      server.untilLogged("session with 127.0.0.2");
      try (HandClient beside = HandClient.open(server)) {
        assertNotEquals(first.id(), beside.id());
      }
    }
  }

  @Test
  void withoutAKeyASessionDoesNotTakeTheUsersOfALegacyClientElsewhere() throws Exception {
    try (RunningTunnel server = RunningTunnel.anyServer("");
        Peer legacy = Peer.connect(server.control())) {
      server.pass(Duration.ZERO); // so that it is accepted
      server.pass(Duration.ofMillis(300));
      String greeting = legacy.readLine();
      int port = Integer.parseInt(greeting.substring(2, greeting.indexOf('#')));
      try (Peer data = Peer.connect(Ports.loopback(port));
          HandClient elsewhere = new HandClient(server.control(), null, "127.0.0.2").hello()) {
        data.read(8);
        elsewhere.send(elsewhere.draft().build());
        elsewhere.read();
        elsewhere.send(SessionLine.of("proof").build());
        assertEquals("busy", elsewhere.refusal());
      }
    }
  }

  @Test
  void withAKeyAnotherClientJoinsFromAnywhere() throws Exception {
    byte[] key = KeyStretching.stretch("a-key-for-this-test");
    try (RunningTunnel server = RunningTunnel.start(WITH_KEY);
        HandClient first = new HandClient(server.control(), key).hello().open();
        HandClient second = new HandClient(server.control(), key, "127.0.0.2").hello().open()) {
      assertNotEquals(first.id(), second.id());
    }
  }

  @Test
  void aDataLineServesOnce() throws Exception {
    try (RunningTunnel server = RunningTunnel.anyServer("");
        HandClient client = HandClient.open(server);
        Peer first = client.data(7)) {
      String replayed = client.dataLine(first, 7);
      assertEquals("token", client.refusedData(replayed));
      client.data(5).close();
      assertEquals("token", client.refusedData(client.dataLine(first, 5)));
    }
  }

  @Test
  void aNumberBelowTheWindowIsRefused() throws Exception {
    try (RunningTunnel server = RunningTunnel.anyServer("");
        HandClient client = HandClient.open(server);
        Peer high = client.data(3000)) {
      client.data(3000 - UsedNumbers.WINDOW + 1).close();
      String low = client.dataLine(high, 3000 - UsedNumbers.WINDOW);
      assertEquals("token", client.refusedData(low));
    }
  }

  @Test
  void aTokenOfAnotherSessionOrNumberIsRefused() throws Exception {
    try (RunningTunnel server = RunningTunnel.anyServer("");
        HandClient one = HandClient.open(server);
        HandClient two = HandClient.open(server);
        Peer peer = one.connect()) {
      assertNotEquals(one.id(), two.id());
      String line = one.dataLine(peer, 1);
      assertEquals("token", one.refusedData(line.replace(one.id(), two.id())));
      assertEquals("token", one.refusedData(line.replace("n=1", "n=2")));
      assertEquals("session", one.refusedData(line.replace(one.id(), "0".repeat(32))));
      assertEquals("malformed", one.refusedData(line.replace("n=1", "n=0")));
      one.data(1).close(); // none of these has used it up
      server.untilLogged("refused: the token is wrong");
    }
  }

  @Test
  void aDataConnectionOfASessionThatHasEndedIsRefused() throws Exception {
    try (RunningTunnel server = RunningTunnel.anyServer("");
        HandClient client = HandClient.open(server);
        Peer peer = client.connect()) {
      client.control().halfClose();
      server.untilLogged("control channel lost");
      assertEquals("session", client.refusedData(client.dataLine(peer, 1)));
    }
  }
}
