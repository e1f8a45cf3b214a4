package io.nodepass.tunnel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A session of a client in mode 0: its control channel, its pool, its users. */
@Timeout(60)
class ClientSessionLoopbackTest {
  private static final String SIGNAL = "//9f3c01ab?src=192.0.2.1:5#1\n";

  private SessionServer server;

  @BeforeEach
  void open() throws Exception {
    server = new SessionServer(0);
  }

  @AfterEach
  void close() throws IOException {
    server.close();
  }

  private static void expectEcho(Peer user, Peer target) throws IOException {
    user.send("ping");
    assertEquals("ping", target.read(4));
    target.send("pong");
    assertEquals("pong", user.read(4));
  }

  @Test
  void theSmallestPoolIsKeptAndWhatIsUsedIsReplaced() throws Exception {
    try (RunningTunnel client = RunningTunnel.start(server.url("&min=2&max=2"));
        SessionServer.Session session = server.open();
        SessionServer.Data one = session.ready();
        SessionServer.Data two = session.ready()) {
      assertNotEquals(one.number(), two.number());
      assertTrue(Peer.nobodyComes(server.tunnel, 150), "dialled a third");
      two.peer().send(SIGNAL);
      try (Peer target = server.target();
          SessionServer.Data replacement = session.ready()) {
        expectEcho(two.peer(), target);
        assertEquals(3, replacement.number());
        assertTrue(one.peer().isSilentFor(50), "spoke before it was used");
        assertEquals(1, client.tunnel().running());
        client.untilLogged("is to be used as 9f3c01ab for 192.0.2.1:5");
        target.halfClose();
        two.peer().expectEnd();
        two.peer().halfClose();
        target.expectEnd();
      }
      client.untilRunning(0);
      assertEquals(1, client.tunnel().traffic().snapshot().ended());
    }
  }

  @Test
  void whatTheUserSaysBehindTheSignalIsDelivered() throws Exception {
    try (RunningTunnel client = RunningTunnel.start(server.url("&min=1"));
        SessionServer.Session session = server.open();
        SessionServer.Data link = session.data()) {
      String much = "x".repeat(5_000);
      link.peer().send("//ready?mac=" + link.answer() + "\n" + SIGNAL + "early " + much);
      link.peer().send("bird");
      link.peer().halfClose();
      try (Peer target = server.target()) {
        assertEquals("early " + much + "bird", target.read(5_010));
        target.expectEnd();
        target.send("answer");
        assertEquals("answer", link.peer().read(6));
      }
      client.untilRunning(0);
    }
  }

  @Test
  void everythingInSingleBytesIsUnderstood() throws Exception {
    try (RunningTunnel client = RunningTunnel.start(server.url("&min=1"));
        SessionServer.Session session = server.open();
        SessionServer.Data link = session.data()) {
      link.peer().sendInSingleBytes("//ready?mac=" + link.answer() + "\n" + SIGNAL + "ping");
      try (Peer target = server.target()) {
        assertEquals("ping", target.read(4));
        client.untilRunning(1);
      }
    }
  }

  @Test
  void aTargetThatRefusesAbortsTheConnection() throws Exception {
    server.target.close();
    try (RunningTunnel client = RunningTunnel.start(server.url("&min=1"));
        SessionServer.Session session = server.open();
        SessionServer.Data link = session.ready()) {
      link.peer().send(SIGNAL);
      link.peer().expectAbort();
      client.untilLogged("tcp to target 127.0.0.1:" + server.target.getLocalPort() + " aborted");
      client.untilRunning(0);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "//9f3c01ab#2, signal of a kind that is not supported yet: #2",
    "//9f3c01ab, signal of a kind that is not supported yet: #",
    "//9f3c#1, a signal without an id",
    "GET / HTTP/1.1, a line is not of the form",
  })
  void aSignalThatMakesNoSenseEndsThatConnectionOnly(String signal, String logged)
      throws Exception {
    try (RunningTunnel client = RunningTunnel.start(server.url("&min=1&max=1"));
        SessionServer.Session session = server.open();
        SessionServer.Data wrong = session.ready()) {
      wrong.peer().send(signal + "\n");
      wrong.peer().expectAbort();
      client.untilLogged(logged);
      try (SessionServer.Data right = session.ready()) {
        right.peer().send(SIGNAL);
        try (Peer target = server.target()) {
          expectEcho(right.peer(), target);
        }
      }
    }
  }

  @Test
  void aServerWithoutTheSecretIsNotBelieved() throws Exception {
    try (RunningTunnel client = RunningTunnel.start(server.url("&min=1"));
        SessionServer.Session session = server.open();
        SessionServer.Data link = session.data()) {
      link.peer().send("//ready?mac=" + "0".repeat(64) + "\n");
      link.peer().expectAbort();
      client.untilLogged("the server that answers has not the session's secret");
      client.untilLogged("next attempt in 0.100 s");
      assertFalse(client.tunnel().ready().isDone());
      session.ready().close(); // and the session goes on
    }
  }

  @Test
  void aDataConnectionThatIsRefusedIsLoggedAndTriedAgainAfterAPause() throws Exception {
    try (RunningTunnel client = RunningTunnel.start(server.url("&min=1"));
        SessionServer.Session session = server.open();
        SessionServer.Data link = session.data()) {
      link.peer().send("//refused?code=busy&text=too%20many\n");
      link.peer().expectGone();
      client.untilLogged("data connection failed: it refuses (busy): too many; next attempt");
      try (SessionServer.Data next = session.ready()) {
        assertEquals(2, next.number());
        client.untilLogged("client ready");
      }
    }
  }

  @Test
  void aServerThatDoesNotKnowTheSessionAnyMoreGetsAnotherOne() throws Exception {
    try (RunningTunnel client = RunningTunnel.start(server.url("&min=1"));
        SessionServer.Session session = server.open()) {
      try (SessionServer.Data link = session.data()) {
        link.peer().send("//refused?code=session&text=gone\n");
        session.control().expectGone();
      }
      client.untilLogged("control channel lost");
      client.untilLogged("it refuses (session): gone");
      server.open().ready().close();
    }
  }

  @Test
  void anAnswerThatDoesNotComeIsWaitedForTenSeconds() throws Exception {
    try (RunningTunnel client = RunningTunnel.start(server.url("&min=1"));
        SessionServer.Session session = server.open();
        SessionServer.Data link = session.data()) {
      client.pass(Duration.ofSeconds(10));
      link.peer().expectGone();
      client.untilLogged("no answer within 10.000 s");
    }
  }

  @Test
  void asManyAsUsersWaitAreDialledAtOnceButNoMoreThanTheLargestPool() throws Exception {
    List<SessionServer.Data> links = new ArrayList<>();
    try (RunningTunnel client = RunningTunnel.start(server.url("&min=1&max=5"));
        SessionServer.Session session = server.open()) {
      links.add(session.ready());
      assertTrue(Peer.nobodyComes(server.tunnel, 100), "dialled a second");
      session.control().send("//more?n=3\n");
      links.add(session.ready());
      links.add(session.ready());
      assertTrue(Peer.nobodyComes(server.tunnel, 100), "dialled a fourth");
      session.control().send("//more?n=900\n");
      links.add(session.ready());
      links.add(session.ready());
      assertTrue(Peer.nobodyComes(server.tunnel, 100), "dialled a sixth");
      client.untilLogged("client ready");
    } finally {
      for (SessionServer.Data link : links) {
        link.close();
      }
    }
  }

  @Test
  void readyConnectionsThatTheServerEndsAreDroppedQuietly() throws Exception {
    try (RunningTunnel client = RunningTunnel.start(server.url("&min=1&max=3"));
        SessionServer.Session session = server.open();
        SessionServer.Data one = session.ready()) {
      session.control().send("//more?n=2\n");
      try (SessionServer.Data two = session.ready()) {
        client.untilLogged("data connection 2 is ready");
        client.pass(Duration.ofSeconds(70));
        two.peer().halfClose();
        two.peer().expectGone();
        assertTrue(Peer.nobodyComes(server.tunnel, 150), "replaced, though enough are left");
        one.peer().halfClose();
        session.ready();
        assertFalse(client.log.has("data connection failed"), client.log::toString);
      }
    }
  }

  @Test
  void aServerThatEndsWhatItHasJustTakenIsNotPestered() throws Exception {
    try (RunningTunnel client = RunningTunnel.start(server.url("&min=1"));
        SessionServer.Session session = server.open()) {
      session.ready().close();
      client.untilLogged("data connection failed: it was ended at once");
      session.ready().close();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "//refused?code=closing&text=shutting%20down, it refuses (closing): shutting down",
    "//more?n=0, n of a //more line is not a number",
    "garbage, a line is not of the form",
  })
  void whatEndsTheSessionIsLoggedAndTheClientComesBack(String line, String logged)
      throws Exception {
    try (RunningTunnel client = RunningTunnel.start(server.url("&min=1&max=1"))) {
      try (SessionServer.Session session = server.open();
          SessionServer.Data link = session.ready()) {
        session.control().send("//something?new=1\n\n"); // neither of them matters
        assertTrue(session.control().isSilentFor(50));
        session.control().send(line + "\n");
        session.control().expectGone();
        link.peer().expectGone();
        client.untilLogged("control channel lost: server 127.0.0.1:");
        client.untilLogged(logged);
      }
      server.open().close();
    }
  }

  @Test
  void signsOfLifeGoBothWaysAndSilenceEndsTheSession() throws Exception {
    try (RunningTunnel client = RunningTunnel.start(server.url("&min=1&max=1"));
        SessionServer.Session session = server.open(60_000);
        SessionServer.Data link = session.ready()) {
      assertTrue(session.control().isSilentFor(50));
      for (int i = 0; i < 4; i++) { // longer than three beats in all
        client.pass(Duration.ofSeconds(61));
        assertEquals("\n", session.control().readLine());
        session.control().send("\n");
        link.peer().isSilentFor(20); // so that it has been read
      }
      client.pass(Duration.ofSeconds(100));
      assertEquals("\n", session.control().readLine());
      assertTrue(link.peer().isSilentFor(50), "taken for lost too early");
      client.pass(Duration.ofSeconds(85));
      client.untilLogged("no sign of life for 185.");
      link.peer().expectGone();
    }
  }

  @Test
  void connectionsInUseOutliveTheSession() throws Exception {
    try (RunningTunnel client = RunningTunnel.start(server.url("&min=1&max=1"))) {
      SessionServer.Session session = server.open();
      try (SessionServer.Data link = session.ready()) {
        link.peer().send(SIGNAL);
        try (Peer target = server.target()) {
          session.ready();
          session.control().abort();
          try (SessionServer.Session next = server.open()) {
            expectEcho(link.peer(), target);
            assertEquals(1, client.tunnel().running());
            assertTrue(next.control().isSilentFor(20));
          }
        }
      }
    }
  }

  @Test
  void whatWaitsForRoomOutlivesTheSession() throws Exception {
    try (RunningTunnel client = RunningTunnel.start(server.url("&min=2&max=2&semaphore_limit=1"));
        SessionServer.Session session = server.open();
        SessionServer.Data first = session.ready();
        SessionServer.Data second = session.ready()) {
      first.peer().send(SIGNAL);
      try (Peer target = server.target()) {
        second.peer().send(SIGNAL + "pat");
        second.peer().send("ience");
        SessionServer.Data third = session.ready();
        SessionServer.Data fourth = session.ready();
        fourth.peer().send(SIGNAL);
        assertTrue(fourth.peer().isSilentFor(50));
        fourth.peer().abort();
        session.control().abort();
        third.peer().expectGone();
        assertTrue(Peer.nobodyComes(server.target, 100), "beyond the limit");
        expectEcho(first.peer(), target);
        target.abort();
      }
      try (Peer target = server.target()) {
        assertEquals("patience", target.read(8));
        expectEcho(second.peer(), target);
        client.untilRunning(1);
      }
    }
  }

  @Test
  void stoppingEndsTheSessionAndWhatIsIdle() throws Exception {
    try (RunningTunnel client = RunningTunnel.start(server.url("&min=2&max=2"));
        SessionServer.Session session = server.open();
        SessionServer.Data ready = session.ready();
        SessionServer.Data unanswered = session.data()) {
      client.tunnel().stop();
      session.control().expectGone();
      ready.peer().expectGone();
      unanswered.peer().expectGone();
      client.pass(Duration.ofMinutes(1));
      assertTrue(Peer.nobodyComes(server.tunnel, 150), "came back after it was stopped");
    }
  }
}
