package io.nodepass.tunnel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How a client opens a session, and what it does not put up with. */
@Timeout(60)
class ClientOpeningLoopbackTest {
  @Test
  void theOpeningSaysWhoTheClientIsAndWhatItWants() throws Exception {
    try (SessionServer server = new SessionServer(0);
        RunningTunnel client = RunningTunnel.start(server.url("&min=3&max=7"));
        SessionServer.Opening opening = server.hello()) {
      opening.answer();
      SessionLine open = opening.readOpen();
      open.hex("client", 16);
      open.hex("nonce", 32);
      assertEquals("none", open.get("auth"));
      assertEquals(3, open.number("min", 1, 100));
      assertEquals(7, open.number("max", 1, 100));
      assertEquals("reverse", open.get("flow"));
      assertEquals("tcp", open.get("carry"));
      assertFalse(open.has("name") || open.has("resume"), open.raw());
      assertFalse(client.tunnel().ready().isDone());
    }
  }

  @ParameterizedTest(name = "mode {0}")
  @ValueSource(ints = {0, 1})
  void bothProveTheKey(int mode) throws Exception {
    try (SessionServer server = new SessionServer(mode).withKey("swordfish");
        RunningTunnel client =
            RunningTunnel.start(
                server.url("swordfish@", "&min=1" + (mode == 0 ? "&insecure=1" : "")))) {
      try (SessionServer.Session session = server.open();
          SessionServer.Data link = session.ready()) {
        assertEquals("key", session.opened().get("auth"));
        client.untilLogged(
            "client ready: tunnel 127.0.0.1:"
                + server.tunnel.getLocalPort()
                + ", tls="
                + mode
                + ", target 127.0.0.1:"
                + server.target.getLocalPort()
                + ", session");
        assertTrue(client.tunnel().ready().isDone());
        assertEquals(1, link.number());
      }
    }
  }

  @ParameterizedTest(name = "mode {0}")
  @ValueSource(ints = {0, 1})
  void aServerThatCannotProveTheKeyIsGivenUp(int mode) throws Exception {
    try (SessionServer server = new SessionServer(mode).withKey("swordfish");
        RunningTunnel client =
            RunningTunnel.start(server.url("swordfish@", mode == 0 ? "&insecure=1" : ""));
        SessionServer.Opening opening = server.hello()) {
      opening.answer();
      opening.readOpen();
      opening.challenge("key");
      opening.readProof();
      opening.session(0);
      opening.prove(new byte[32]);
      opening.peer().expectGone();
      client.untilLogged("the server cannot prove the key: the keys differ, or somebody is in");
      assertFalse(client.tunnel().ready().isDone());
    }
  }

  @Test
  void aServerWithoutTheKeyIsGivenUp() throws Exception {
    try (SessionServer server = new SessionServer(0).withKey("swordfish");
        RunningTunnel client = RunningTunnel.start(server.url("swordfish@", "&insecure=1"));
        SessionServer.Opening opening = server.hello()) {
      opening.answer();
      opening.readOpen();
      opening.challenge("none");
      opening.peer().expectGone();
      client.untilLogged("the server has no key and this client has one");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "//challenge?auth=none, lacks nonce",
    "//session?id=1, said //session where //challenge belongs",
    "garbage, a line is not of the form",
    "//refused?code=key-missing&text=no%20key, it refuses (key-missing): no key",
    "//refused?code=late&text=slow, it refuses (late): slow",
    "'', said // where //challenge belongs",
  })
  void whatDoesNotBelongThereEndsTheOpening(String line, String logged) throws Exception {
    try (SessionServer server = new SessionServer(0);
        RunningTunnel client = RunningTunnel.start(server.url(""))) {
      try (SessionServer.Opening opening = server.hello()) {
        opening.answer();
        opening.readOpen();
        opening.peer().send(line + "\n");
        opening.peer().expectGone();
        client.untilLogged(logged);
      }
      server.open().close();
    }
  }

  @Test
  void anOpeningThatHangsIsGivenUpAfterTenSeconds() throws Exception {
    try (SessionServer server = new SessionServer(0);
        RunningTunnel client = RunningTunnel.start(server.url(""))) {
      try (SessionServer.Opening opening = server.hello()) {
        opening.answer();
        opening.readOpen();
        assertTrue(opening.peer().isSilentFor(50));
        client.pass(Duration.ofSeconds(10));
        opening.peer().expectGone();
        client.untilLogged("no session within 10.000 s");
      }
      server.open().close();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "tls=1, 0, offers tls=0 and this client accepts no less than tls=1",
    "tls=2, 1, offers tls=1 and this client accepts no less than tls=2",
    "min=1, 3, announced an unknown TLS mode: 3",
  })
  void lessTlsThanIsAcceptedIsSaidClearly(String query, String mode, String reason)
      throws Exception {
    try (SessionServer server = new SessionServer(0);
        RunningTunnel client = RunningTunnel.start(server.url("&" + query));
        SessionServer.Opening opening = server.hello()) {
      opening.peer().send("//10101?v=2#" + mode + "\n");
      opening.peer().expectGone();
      client.untilLogged(reason);
    }
  }

  @Test
  void aServerThatSpeaksBeforeTlsHasBegunIsGivenUp() throws Exception {
    try (SessionServer server = new SessionServer(1);
        RunningTunnel client = RunningTunnel.start(server.url(""));
        SessionServer.Opening opening = server.hello()) {
      opening.peer().send("//10101?v=2#1\n//challenge?auth=none\n");
      opening.peer().expectGone();
      client.untilLogged("spoke before TLS had begun");
    }
  }

  @Test
  void aServerWithAnotherCertificateThanThePinnedOneIsGivenUp() throws Exception {
    try (SessionServer server = new SessionServer(1);
        RunningTunnel client = RunningTunnel.start(server.url("&pin=sha256:" + "0".repeat(64)));
        SessionServer.Opening opening = server.hello()) {
      assertThrows(IOException.class, opening::answer);
      client.untilLogged("control channel lost: server 127.0.0.1:");
      client.untilLogged("TLS handshake with 127.0.0.1:");
      assertEquals(0, client.log.count("client ready"));
    }
  }

  @Test
  void theNextOpeningNamesTheSessionThatWasLost() throws Exception {
    try (SessionServer server = new SessionServer(0).withKey("swordfish");
        RunningTunnel client = RunningTunnel.start(server.url("swordfish@", "&insecure=1&min=1"))) {
      SessionServer.Session first = server.open();
      first.ready().close();
      first.close();
      try (SessionServer.Session second = server.open()) {
        assertEquals(first.opened().get("client"), second.opened().get("client"));
        assertEquals(first.resumption(second.opened()), second.opened().get("resume"));
      }
      client.untilLogged("control channel lost");
    }
  }
}
