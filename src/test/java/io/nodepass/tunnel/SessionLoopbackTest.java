package io.nodepass.tunnel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nodepass.transport.Addresses;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A server's sessions with a client that is played by hand, in mode 0. */
@Timeout(30)
class SessionLoopbackTest {
  private static String signal(String line) {
    assertTrue(line.matches("//[0-9a-f]{8}\\?src=[^#]*#1\n"), line);
    return line.substring(line.indexOf("src=") + 4, line.indexOf('#'));
  }

  /** That a user gets through on this connection. */
  private static void expectService(RunningTunnel server, Peer data) throws Exception {
    try (Peer user = Peer.connect(server.ingress())) {
      signal(data.readLine());
      user.send("hello");
      assertEquals("hello", data.read(5));
      data.send("world");
      assertEquals("world", user.read(5));
      user.halfClose();
      data.expectEnd();
      data.send("!");
      data.halfClose();
      assertEquals("!", user.read(1));
      user.expectEnd();
    }
  }

  @Test
  void aUserIsCarriedOnARawConnectionWhoseSignalSaysWhoItIs() throws Exception {
    try (RunningTunnel server = RunningTunnel.anyServer("");
        HandClient client = HandClient.open(server);
        Peer data = client.data();
        Peer user = Peer.connect(server.ingress())) {
      assertEquals(Addresses.text(user.local()), signal(data.readLine()));
      user.send("hello");
      assertEquals("hello", data.read(5));
      server.untilLogged("client connected: 127.0.0.1");
      assertFalse(server.log.has("data port"), server.log::toString);
    }
  }

  @Test
  void everyDataConnectionServesOneUserAndTheYoungestIsTakenFirst() throws Exception {
    try (RunningTunnel server = RunningTunnel.anyServer("");
        HandClient client = HandClient.open(server);
        Peer old = client.data();
        Peer young = client.data()) {
      expectService(server, young);
      expectService(server, old);
      server.untilRunning(0);
    }
  }

  @Test
  void usersWhoWaitAreAnnouncedAndServedWhenConnectionsCome() throws Exception {
    try (RunningTunnel server = RunningTunnel.anyServer("");
        HandClient client = HandClient.open(server);
        Peer first = Peer.connect(server.ingress())) {
      assertEquals("//more?n=1\n", client.control().readLine());
      try (Peer second = Peer.connect(server.ingress())) {
        String line;
        do {
          line = client.control().readLine();
        } while (line.equals("//more?n=1\n"));
        assertEquals("//more?n=2\n", line);
        try (Peer one = client.data();
            Peer two = client.data()) {
          one.readLine();
          two.readLine();
          first.send("1");
          second.send("2");
          assertEquals("1", one.read(1));
          assertEquals("2", two.read(1));
        }
      }
    }
  }

  @Test
  void aConnectionThatDiesOrSpeaksWhileItIsReadyIsPassedOver() throws Exception {
    try (RunningTunnel server = RunningTunnel.anyServer("");
        HandClient client = HandClient.open(server);
        Peer good = client.data();
        Peer dead = client.data();
        Peer loud = client.data()) {
      dead.abort();
      loud.send("x");
      loud.expectGone();
      expectService(server, good);
    }
  }

  @Test
  void ofTwoSessionsTheOneWithFewerUsersIsTaken() throws Exception {
    try (RunningTunnel server = RunningTunnel.anyServer("");
        HandClient one = HandClient.open(server);
        HandClient two = HandClient.open(server);
        Peer first = one.data();
        Peer user = Peer.connect(server.ingress())) {
      first.readLine();
      user.send("x");
      assertEquals("x", first.read(1));
      try (Peer second = two.data();
          Peer third = one.data();
          Peer other = Peer.connect(server.ingress())) {
        second.readLine();
        other.send("x");
        assertEquals("x", second.read(1));
        assertTrue(third.isSilentFor(50), "two users on one session, none on the other");
      }
    }
  }

  @Test
  void aSessionWithManyReadyConnectionsLeavesAnotherItsShare() throws Exception {
    List<Peer> ready = new ArrayList<>();
    try (RunningTunnel server = RunningTunnel.anyServer("");
        HandClient greedy = HandClient.open(server);
        HandClient modest = HandClient.open(server)) {
      for (int i = 0; i < ServerTunnel.LEAST_POOL_BOUND; i++) {
        ready.add(greedy.data());
      }
      try (Peer refused = greedy.connect()) {
        refused.send(greedy.dataLine(refused, ServerTunnel.LEAST_POOL_BOUND + 1L));
        assertEquals("busy", HandClient.refused(refused));
      }
      try (Peer taken = modest.data();
          Peer user = Peer.connect(server.ingress())) {
        user.send("x");
        ready.get(ready.size() - 1).readLine(); // of two that have no user the older session's
        try (Peer other = Peer.connect(server.ingress())) {
          taken.readLine();
          other.send("y");
          assertEquals("y", taken.read(1));
        }
      }
    } finally {
      for (Peer peer : ready) {
        peer.close();
      }
    }
  }

  @Test
  void connectionsThatNobodyUsedForAMinuteAreClosedDownToTheLeastNumber() throws Exception {
    try (RunningTunnel server = RunningTunnel.anyServer("");
        HandClient client = HandClient.open(server);
        Peer one = client.data();
        Peer two = client.data();
        Peer three = client.data()) {
      server.pass(Duration.ofSeconds(59));
      assertTrue(one.isSilentFor(50), "closed too early");
      server.pass(Duration.ofSeconds(2));
      one.expectEnd();
      assertTrue(two.isSilentFor(50) && three.isSilentFor(50), "closed below the least number");
    }
  }

  @Test
  void bothSidesGiveSignsOfLifeAndASilentClientIsLostAfterThreeBeats() throws Exception {
    try (RunningTunnel server =
            RunningTunnel.start("server://127.0.0.1:0/127.0.0.1:0?loops=2&report_interval=5s");
        HandClient client = HandClient.open(server);
        Peer data = client.data()) {
      assertEquals(5000, client.beat());
      for (int i = 0; i < 4; i++) {
        server.pass(Duration.ofSeconds(5));
        assertEquals("\n", client.control().readLine());
        client.control().send("\n");
        client.data().close(); // the server has read the control connection before this one
      }
      server.pass(Duration.ofSeconds(16));
      server.untilLogged("control channel lost: client 127.0.0.1");
      server.untilLogged("no sign of life for 1");
      data.expectGone();
    }
  }

  @Test
  void aClientThatComesBackTakesThePlaceOfItsOldSession() throws Exception {
    try (RunningTunnel server = RunningTunnel.anyServer("");
        HandClient before = HandClient.open(server);
        Peer old = before.data();
        Peer user = Peer.connect(server.ingress())) {
      old.readLine();
      try (Peer idle = before.data();
          HandClient after =
              new HandClient(server.control(), null).resuming(before).hello().open()) {
        before.control().expectEnd();
        idle.expectGone();
        user.send("on");
        assertEquals("on", old.read(2), "a user's connection is to go on");
        assertEquals("session", before.refusedData(before.dataLine(old, 9)));
        try (Peer data = after.data()) {
          expectService(server, data);
        }
      }
    }
  }

  @Test
  void aWrongResumeIsIgnoredAndTheOldSessionStays() throws Exception {
    try (RunningTunnel server = RunningTunnel.anyServer("");
        HandClient before = HandClient.open(server);
        HandClient other = new HandClient(server.control(), null).hello()) {
      String mac = "00".repeat(32);
      other.send(other.draft().with("resume", before.id() + "." + mac).build());
      assertEquals("challenge", other.read().what());
      other.send(SessionLine.of("proof").build());
      assertEquals("session", other.read().what());
      try (Peer data = before.data()) {
        expectService(server, data);
      }
    }
  }

  @Test
  void aShutdownIsSaidToTheClient() throws Exception {
    try (RunningTunnel server = RunningTunnel.anyServer("");
        HandClient client = HandClient.open(server);
        Peer data = client.data()) {
      server.tunnel().stop();
      assertEquals("closing", client.refusal());
      data.expectGone();
    }
  }

  @Test
  void linesThatNobodyKnowsAreIgnoredAndWhatIsNoLineEndsTheSession() throws Exception {
    try (RunningTunnel server = RunningTunnel.anyServer("");
        HandClient client = HandClient.open(server)) {
      client.control().send("//unheard?of=it\n");
      try (Peer data = client.data()) {
        expectService(server, data);
      }
      client.control().send("what?\n");
      assertEquals("malformed", client.refusal());
      server.untilLogged("control channel lost: client");
    }
  }

  @Test
  void theSixtyFifthSessionIsRefusedUnlessItTakesThePlaceOfOne() throws Exception {
    HandClient[] clients = new HandClient[Sessions.MOST];
    try (RunningTunnel server = RunningTunnel.anyServer("")) {
      for (int i = 0; i < clients.length; i++) {
        clients[i] = HandClient.open(server);
      }
      try (HandClient more = new HandClient(server.control(), null).hello()) {
        more.send(more.draft().build());
        more.read();
        more.send(SessionLine.of("proof").build());
        assertEquals("busy", more.refusal());
      }
      HandClient after = new HandClient(server.control(), null).resuming(clients[0]).hello();
      after.open().close();
    } finally {
      for (HandClient client : clients) {
        if (client != null) {
          client.close();
        }
      }
    }
  }

  @Test
  void aUserWithAnIpv6AddressIsNamedInBrackets() throws Exception {
    try (RunningTunnel server =
            RunningTunnel.start("server://127.0.0.1:0/[::1]:0?loops=2&report_interval=0");
        HandClient client = HandClient.open(server);
        Peer data = client.data();
        Peer user = Peer.connect("::1", server.ingress())) {
      String line = data.readLine();
      SessionLine signal = SessionLine.parse(line.substring(0, line.length() - 1));
      assertEquals(Addresses.text(user.local()), signal.get("src"));
      assertTrue(line.contains("src=%5B0:"), line);
    }
  }
}
