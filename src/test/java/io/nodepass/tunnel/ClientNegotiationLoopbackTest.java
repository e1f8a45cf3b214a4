package io.nodepass.tunnel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.ServerSocket;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How a client finds out what its server speaks. */
@Timeout(60)
class ClientNegotiationLoopbackTest {
  private static final String HELLO = "//hello?v=2\n";

  private static Peer greetedAsLegacy(HandServer server) throws IOException {
    Peer control = Peer.accept(server.tunnel);
    assertEquals(HELLO, control.readLine());
    control.send(server.greeting());
    return control;
  }

  private static void expectService(HandServer server, Peer control) throws IOException {
    try (HandServer.Named data = server.named()) {
      data.signal(control);
      try (Peer target = server.target()) {
        data.peer().send("ping");
        assertEquals("ping", target.read(4));
      }
    }
  }

  @Test
  void theHelloIsSaidFirstAndTheAnswerIsWaitedForWithoutLimit() throws Exception {
    try (HandServer server = new HandServer();
        RunningTunnel client = RunningTunnel.start(server.anyUrl("&min=1"));
        Peer control = Peer.accept(server.tunnel)) {
      assertEquals(HELLO, control.readLine());
      client.pass(Duration.ofMinutes(10));
      client.untilLogged("no word yet from the server");
      assertTrue(control.isSilentFor(150), "spoke or gave up");
      control.send(server.greeting());
      expectService(server, control);
    }
  }

  @Test
  void aLegacyServerIsServedAsBefore() throws Exception {
    try (HandServer server = new HandServer();
        RunningTunnel client = RunningTunnel.start(server.anyUrl("&min=1"));
        Peer control = greetedAsLegacy(server)) {
      expectService(server, control);
      client.untilLogged("client ready: tunnel 127.0.0.1:" + server.tunnel.getLocalPort());
      client.untilLogged(", data port " + server.data.getLocalPort());
      assertFalse(client.log.has("spoke the session dialect before"), client.log::toString);
    }
  }

  @Test
  void anAnswerAfterALegacyLineWins() throws Exception {
    try (SessionServer server = new SessionServer(0);
        ServerSocket data = new ServerSocket(0, 100, server.tunnel.getInetAddress());
        RunningTunnel client = RunningTunnel.start(server.url("&min=1"));
        SessionServer.Opening opening = server.hello()) {
      opening.peer().send("//" + data.getLocalPort() + "#0\n");
      try (Peer begun = Peer.accept(data)) {
        begun.send("deadbeef");
        client.untilLogged(", data port " + data.getLocalPort());
        opening.answer();
        begun.expectGone();
        opening.readOpen();
        opening.challenge("none");
        opening.readProof();
        opening.session(0);
        try (SessionServer.Session session = opening.prove();
            SessionServer.Data link = session.ready()) {
          link.peer().send("//9f3c01ab?src=192.0.2.1:5#1\nping");
          try (Peer target = server.target()) {
            assertEquals("ping", target.read(4));
          }
          assertTrue(Peer.nobodyComes(data, 100), "the legacy pool goes on");
        }
      }
    }
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"key", "proto=session"})
  void whoWantsASessionGivesUpOnALegacyServerAfterTwoSeconds(String why) throws Exception {
    boolean keyed = why.equals("key");
    SessionServer played = new SessionServer(0);
    try (SessionServer server = keyed ? played.withKey("k") : played;
        ServerSocket data = new ServerSocket(0, 100, server.tunnel.getInetAddress());
        RunningTunnel client =
            RunningTunnel.start(
                server.url(keyed ? "k@" : "", keyed ? "&insecure=1" : "&proto=session"));
        SessionServer.Opening opening = server.hello()) {
      opening.peer().send("//" + data.getLocalPort() + "#0\n\n//deadbeef#1\n");
      assertTrue(opening.peer().isSilentFor(100), "gave up at once");
      client.pass(Duration.ofSeconds(2));
      opening.peer().expectGone();
      client.untilLogged("the server speaks only the legacy dialect, which cannot prove a key");
      assertTrue(Peer.nobodyComes(data, 100), "dialled all the same");
      server.open().close(); // a later attempt finds it updated
    }
  }

  @Test
  void whoWantsASessionTakesALateAnswer() throws Exception {
    try (SessionServer server = new SessionServer(0);
        RunningTunnel client = RunningTunnel.start(server.url("&proto=session&min=1"));
        SessionServer.Opening opening = server.hello()) {
      opening.peer().send("//1#0\n");
      opening.answer();
      opening.readOpen();
      opening.challenge("none");
      opening.readProof();
      opening.session(0);
      try (SessionServer.Session session = opening.prove();
          SessionServer.Data link = session.ready()) {
        client.untilLogged("client ready");
        client.pass(Duration.ofSeconds(11));
        assertTrue(link.peer().isSilentFor(50), "the wait for the answer was not ended");
      }
    }
  }

  @Test
  void whoWantsASessionWaitsForTheAnswerTenSecondsOnly() throws Exception {
    try (SessionServer server = new SessionServer(0);
        RunningTunnel client = RunningTunnel.start(server.url("&proto=session"));
        SessionServer.Opening opening = server.hello()) {
      client.pass(Duration.ofSeconds(10));
      opening.peer().expectGone();
      client.untilLogged("no answer within 10.000 s");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "legacy, '', update both, what helps: a client without proto=legacy",
    "key-missing, '', no key, what helps: give this client the key of the server",
    "key-unexpected, '', a key, what helps: give the server the key of this client",
    "key-wrong, '', keys differ, what helps: compare the keys",
    "version, '', too old, what helps: update the older end",
    "malformed, '', what is that, what helps: update both ends",
    "name, '', no tunnel, what helps: compare name=",
    "busy, '', too many, it refuses (busy): too many",
    "legacy, '&proto=legacy', update, what helps: a client without proto=legacy",
    "unheard-of, '&proto=legacy', news, it refuses (unheard-of): news",
  })
  void aRefusalAsTheFirstLineIsLogged(String code, String parameters, String text, String logged)
      throws Exception {
    String line = SessionLine.of("refused").with("code", code).with("text", text).build().raw();
    try (HandServer server = new HandServer();
        RunningTunnel client = RunningTunnel.start(server.anyUrl(parameters));
        Peer control = Peer.accept(server.tunnel)) {
      control.send(line);
      control.halfClose();
      client.untilLogged(logged);
      client.untilLogged(
          "server 127.0.0.1:"
              + server.tunnel.getLocalPort()
              + ": it refuses ("
              + code
              + "): "
              + text);
      Peer.accept(server.tunnel).close(); // it comes back
    }
  }

  @Test
  void aRefusalThatCannotBeReadIsLoggedToo() throws Exception {
    try (HandServer server = new HandServer();
        RunningTunnel client = RunningTunnel.start(server.anyUrl(""));
        Peer control = Peer.accept(server.tunnel)) {
      control.send("//refused?text=x\n");
      client.untilLogged("it refuses, for a reason that cannot be read");
      control.readLine();
      control.expectGone();
    }
  }

  @Test
  void anAnswerOfAnotherVersionIsRefused() throws Exception {
    try (HandServer server = new HandServer();
        RunningTunnel client = RunningTunnel.start(server.anyUrl(""));
        Peer control = Peer.accept(server.tunnel)) {
      assertEquals(HELLO, control.readLine());
      control.send("//10101?v=3#0\n");
      control.expectGone();
      client.untilLogged("v of a //10101 line is not a number from 2 to 2");
    }
  }

  @Test
  void goingBackToALegacyServerIsWarnedOf() throws Exception {
    try (SessionServer server = new SessionServer(0);
        ServerSocket data = new ServerSocket(0, 100, server.tunnel.getInetAddress());
        RunningTunnel client = RunningTunnel.start(server.url("&min=1&max=1"))) {
      try (SessionServer.Session session = server.open()) {
        session.ready().close();
      }
      try (SessionServer.Opening opening = server.hello()) {
        opening.peer().send("//" + data.getLocalPort() + "#0\n");
        Peer.accept(data).close();
        client.untilLogged("speaks the legacy dialect now and spoke the session dialect before");
      }
    }
  }

  @Test
  void stoppingEndsTheConnectionThatHasNoAnswerYet() throws Exception {
    try (SessionServer server = new SessionServer(0);
        RunningTunnel client = RunningTunnel.start(server.url(""));
        SessionServer.Opening opening = server.hello()) {
      client.tunnel().stop();
      opening.peer().expectGone();
      client.pass(Duration.ofMinutes(1));
      assertTrue(Peer.nobodyComes(server.tunnel, 150), "came back after it was stopped");
    }
  }
}
