package io.nodepass.tunnel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a client makes of a server's control channel, and that it never gives up. */
@Timeout(30)
class ClientControlLoopbackTest {
  private static final String ZEROS =
      "0000000000000000000000000000000000000000000000000000000000000000";

  private HandServer server;

  @BeforeEach
  void open() throws IOException {
    server = new HandServer();
  }

  @AfterEach
  void close() throws IOException {
    server.close();
  }

  /** That a user's connection comes through by way of this control connection. */
  private void expectService(Peer control) throws IOException {
    try (HandServer.Named data = server.named()) {
      data.signal(control);
      try (Peer target = server.target()) {
        data.peer().send("ping");
        assertEquals("ping", target.read(4));
        target.send("pong");
        assertEquals("pong", data.peer().read(4));
      }
    }
  }

  @Test
  void theClientSaysNothingAndWaitsForALineWithoutLimit() throws Exception {
    try (RunningTunnel client = RunningTunnel.start(server.url("&min=1"));
        Peer control = Peer.accept(server.tunnel)) {
      client.pass(Duration.ofMinutes(10));
      client.untilLogged("no word yet from the server");
      assertTrue(control.isSilentFor(150), "spoke or gave up");
      assertFalse(client.tunnel().ready().isDone());
      control.send(server.greeting());
      expectService(control);
      assertTrue(client.tunnel().ready().isDone());
    }
  }

  @Test
  void linesInSingleBytesAreUnderstood() throws Exception {
    try (RunningTunnel client = RunningTunnel.start(server.url("&min=1"));
        Peer control = Peer.accept(server.tunnel)) {
      control.sendInSingleBytes("\n" + server.greeting());
      try (HandServer.Named data = server.named()) {
        control.sendInSingleBytes("\n\n//" + data.id() + "#1\n");
        data.peer().send("x");
        try (Peer target = server.target()) {
          assertEquals("x", target.read(1));
        }
      }
      client.untilRunning(0);
    }
  }

  @Test
  void aSchemeAndAQueryInTheLinesAreIgnored() throws Exception {
    try (RunningTunnel client = RunningTunnel.start(server.url("&min=1"));
        Peer control = Peer.accept(server.tunnel)) {
      control.send("tcp://" + server.data.getLocalPort() + "?x=y#0\r\n");
      expectService(control);
      client.untilRunning(0);
    }
  }

  @Test
  void aControlChannelCutInTheMiddleOfALineIsRebuiltAfterTheCooldownEveryTime() throws Exception {
    try (RunningTunnel client = RunningTunnel.start(server.url("&min=1"))) {
      for (int i = 0; i < 5; i++) {
        try (Peer control = server.control();
            Peer idle = server.unnamed()) {
          control.send("//dead");
          control.halfClose();
          idle.expectGone();
        }
      }
      try (Peer control = server.control()) {
        expectService(control);
      }
      assertEquals(5, client.log.count("in the middle of a line"));
    }
  }

  @Test
  void theCooldownIsKept() throws Exception {
    try (RunningTunnel client = RunningTunnel.start(server.url("&min=1"))) {
      Peer.accept(server.tunnel).abort();
      long began = System.nanoTime();
      Peer.accept(server.tunnel).close();
      long millis = (System.nanoTime() - began) / 1_000_000;
      assertTrue(millis >= 75, "came back after " + millis + " ms"); // 100 ms, less 20 %
      client.untilLogged("control channel lost");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 400 Bad Request\r\n",
        "//notaport#0\n",
        "//99999#0\n",
        "//1234#7\n",
        "//1234\n",
        "\u0016\u0003\u0001\u0002\n",
      })
  void aFirstLineThatMakesNoSenseIsLoggedAndTheClientComesBack(String line) throws Exception {
    try (RunningTunnel client = RunningTunnel.start(server.url("&min=1"))) {
      try (Peer control = Peer.accept(server.tunnel)) {
        control.send(line);
        control.expectGone();
      }
      client.untilLogged("WARN control channel lost");
      try (Peer control = server.control()) {
        expectService(control);
      }
    }
  }

  @Test
  void anEndlessLineIsRefused() throws Exception {
    try (RunningTunnel client = RunningTunnel.start(server.url("&min=1"))) {
      try (Peer control = Peer.accept(server.tunnel)) {
        control.send("x".repeat(1025));
        control.expectGone();
      }
      client.untilLogged("a line of more than 1024 bytes");
      try (Peer control = server.control()) {
        expectService(control);
      }
    }
  }

  @Test
  void garbageAfterTheFirstLineRebuildsTheTunnel() throws Exception {
    try (RunningTunnel client = RunningTunnel.start(server.url("&min=1"))) {
      try (Peer control = server.control();
          Peer idle = server.unnamed()) {
        control.send("garbage\n");
        control.expectGone();
        idle.expectGone();
      }
      try (Peer control = server.control()) {
        expectService(control);
      }
      client.untilLogged("not of the form");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "tls=1, 0, offers tls=0 and this client accepts no less than tls=1",
    "tls=2, 0, offers tls=0 and this client accepts no less than tls=2",
    "tls=2, 1, offers tls=1 and this client accepts no less than tls=2",
    "pin=sha256:" + ZEROS + ", 0, offers tls=0 and this client accepts no less than tls=1",
    "min=1, 3, announced an unknown TLS mode: 3",
    "min=1, '', announced an unknown TLS mode: "
  })
  void lessTlsThanIsAcceptedIsSaidClearlyAndTriedAgain(String query, String mode, String reason)
      throws Exception {
    try (RunningTunnel client = RunningTunnel.start(server.url("&" + query))) {
      for (int i = 0; i < 2; i++) {
        try (Peer control = Peer.accept(server.tunnel)) {
          control.send("//" + server.data.getLocalPort() + "#" + mode + "\n");
          control.expectGone();
        }
      }
      client.untilLogged(reason);
      assertTrue(Peer.nobodyComes(server.data, 100), "dialled all the same");
    }
  }

  @Test
  void aServerThatHasShownTlsIsHeldToIt() throws Exception {
    try (RunningTunnel client = RunningTunnel.start(server.url("&min=1"))) {
      try (Peer control = Peer.accept(server.tunnel);
          TlsPeer shown = TlsPeer.greet(control, server.data)) {
        shown.name("0123abcd");
        client.untilLogged("client ready");
      }
      try (Peer control = Peer.accept(server.tunnel)) {
        control.send("//" + server.data.getLocalPort() + "#0\n");
        control.expectGone();
      }
      client.untilLogged("offers tls=0 now and offered tls=1 before: start this client again");
    }
  }

  /** Else whoever can alter the first line once would lock the client out of its own server. */
  @Test
  void aModeThatWasOnlyAnnouncedHoldsNobodyToIt() throws Exception {
    try (RunningTunnel client = RunningTunnel.start(server.url("&min=1"))) {
      try (Peer control = Peer.accept(server.tunnel)) {
        control.send("//" + server.data.getLocalPort() + "#2\n");
        Peer.accept(server.data).close();
      }
      try (Peer control = server.control()) {
        expectService(control);
      }
      assertFalse(client.log.has("start this client again"), client.log::toString);
    }
  }

  @Test
  void namesWorkForTheTunnelAndTheTarget() throws Exception {
    try (RunningTunnel client = RunningTunnel.start(server.url("localhost", "&min=1"));
        Peer control = server.control()) {
      expectService(control);
      client.untilLogged("client ready: tunnel localhost:");
    }
  }

  @Test
  void aServerThatIsNotThereYetIsFoundOnceItIs() throws Exception {
    String url = server.url("&min=1");
    int port = server.tunnel.getLocalPort();
    server.tunnel.close();
    try (RunningTunnel client = RunningTunnel.start(url)) {
      client.untilLogged("cannot reach the server");
      try (ServerSocket back = new ServerSocket()) {
        back.setReuseAddress(true);
        back.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        try (Peer control = Peer.accept(back)) {
          control.send(server.greeting());
          expectService(control);
        }
      }
    }
  }

  @Test
  void runningConnectionsOutliveTheControlChannel() throws Exception {
    try (RunningTunnel client = RunningTunnel.start(server.url("&min=1"))) {
      Peer control = server.control();
      try (HandServer.Named data = server.named()) {
        data.signal(control);
        try (Peer target = server.target()) {
          control.abort();
          try (Peer next = server.control()) {
            data.peer().send("still");
            assertEquals("still", target.read(5));
            assertTrue(next.isSilentFor(50));
            assertEquals(1, client.tunnel().running());
          }
        }
      }
    }
  }

  @Test
  void stoppingWhileDiallingTheServerGivesTheDialUp() throws Exception {
    AtomicReference<DialLedger> ledger = new AtomicReference<>();
    try (RunningTunnel client =
        RunningTunnel.start(
            server.url(""),
            dialer -> {
              ledger.set(new DialLedger(dialer, server.tunnel.getLocalPort(), true));
              return ledger.get();
            })) {
      ledger.get().untilDialled(1);
      client.tunnel().stop();
      ledger.get().untilCancelled(1);
      client.pass(Duration.ofMinutes(1));
      assertTrue(Peer.nobodyComes(server.tunnel, 150));
      assertEquals(1, ledger.get().count());
    }
  }

  @Test
  void stoppingEndsTheControlChannelAndWhatIsIdle() throws Exception {
    try (RunningTunnel client = RunningTunnel.start(server.url("&min=2"));
        Peer control = server.control();
        HandServer.Named named = server.named();
        Peer unnamed = server.unnamed()) {
      client.tunnel().stop();
      control.expectGone();
      named.peer().expectGone();
      unnamed.expectGone();
      client.pass(Duration.ofMinutes(1));
      assertTrue(Peer.nobodyComes(server.tunnel, 150), "came back after it was stopped");
    }
  }
}
