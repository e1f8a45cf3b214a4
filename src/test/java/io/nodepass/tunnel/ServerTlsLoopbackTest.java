package io.nodepass.tunnel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who becomes the client of a server whose data connections are in TLS. */
@Timeout(60)
class ServerTlsLoopbackTest {
  private static InetSocketAddress dataPort(Peer control) throws Exception {
    String greeting = control.readLine();
    ControlLine line = ControlLine.parse(greeting);
    assertEquals(ControlLine.greeting(line.port(), 1), greeting);
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), line.port());
  }

  @Test
  void aConnectionThatFinishesNoHandshakeMakesNobodyTheClient() throws Exception {
    try (RunningTunnel server = RunningTunnel.server("&tls=1");
        Peer stranger = Peer.connect(server.control());
        Peer mute = Peer.connect(dataPort(stranger))) {
      server.pass(Duration.ofSeconds(1)); // so that the next one of this address is greeted
      try (Peer control = Peer.connect(server.control())) {
        InetSocketAddress data = dataPort(control);
        assertFalse(server.log.has("client connected"), server.log::toString);
        try (TlsPeer connection = TlsPeer.dial(data);
            Peer user = Peer.connect(server.ingress())) {
          String id = connection.read(8);
          assertTrue(ControlLine.isId(id), id);
          assertEquals("//" + id + "#1\n", control.readLine());
          user.send("hello");
          assertEquals("hello", connection.read(5));
        }
        stranger.expectGone();
        assertTrue(mute.isSilentFor(50), "its handshake may go on");
      }
    }
  }

  /** The stranger is greeted, as the client is, and neither has shown which of them is one. */
  @Test
  void aFloodFromAnotherAddressDoesNotKeepASlowClientOut() throws Exception {
    List<Peer> mute = new ArrayList<>();
    try (RunningTunnel server = RunningTunnel.server("&tls=1");
        Peer stranger = Peer.connect("127.0.0.2", server.control());
        Peer control = Peer.connect(server.control())) {
      dataPort(stranger);
      InetSocketAddress data = dataPort(control);
      try (TlsPeer connection = TlsPeer.connect(data)) {
        for (int i = 0; i < 2 * 128; i++) {
          mute.add(Peer.connect("127.0.0.2", data));
        }
        mute.get(mute.size() - 16 - 1).expectAbort();
        connection.shakeHands();
        assertTrue(ControlLine.isId(connection.read(8)));
      }
      server.untilLogged("too many at once, and it was the oldest");
    } finally {
      for (Peer peer : mute) {
        peer.close();
      }
    }
  }

  private static void expectService(RunningTunnel server, Peer control, TlsPeer connection)
      throws Exception {
    try (Peer user = Peer.connect(server.ingress())) {
      String id = connection.read(8);
      assertEquals("//" + id + "#1\n", control.readLine());
      user.send("hello");
      assertEquals("hello", connection.read(5));
    }
  }

  /** Both are behind the same address. */
  @Test
  void aHandshakeMakesItsOwnClientAndNotOneThatWasGreetedMeanwhile() throws Exception {
    try (RunningTunnel server = RunningTunnel.server("&tls=1");
        Peer first = Peer.connect(server.control())) {
      InetSocketAddress data = dataPort(first);
      try (TlsPeer connection = TlsPeer.connect(data)) {
        server.pass(Duration.ofSeconds(1));
        try (Peer second = Peer.connect(server.control())) {
          dataPort(second);
          connection.shakeHands();
          expectService(server, first, connection);
          second.expectGone();
        }
      }
    }
  }

  @Test
  void aHandshakeWhoseClientIsGoneMakesNobodyElseTheClient() throws Exception {
    try (RunningTunnel server = RunningTunnel.server("&tls=1");
        Peer first = Peer.connect(server.control())) {
      InetSocketAddress data = dataPort(first);
      try (TlsPeer connection = TlsPeer.connect(data)) {
        server.pass(Duration.ofSeconds(1));
        try (Peer second = Peer.connect(server.control())) {
          dataPort(second);
          first.halfClose();
          server.untilLogged("closed by the peer");
          connection.shakeHands();
          server.untilLogged("dropped: its client is gone");
          try (TlsPeer other = TlsPeer.dial(data)) {
            expectService(server, second, other);
          }
        }
      }
    }
  }

  /** It would, for up to a second, if the way were guessed from when the handshake is done. */
  @Test
  void aSlowHandshakeDoesNotLookLikeALongWay() throws Exception {
    try (RunningTunnel server = RunningTunnel.server("&tls=1");
        Peer control = Peer.connect(server.control());
        TlsPeer connection = TlsPeer.connect(dataPort(control));
        Peer user = Peer.connect(server.ingress())) {
      server.pass(Duration.ZERO); // so that it is accepted
      server.pass(Duration.ofSeconds(8));
      connection.shakeHands();
      String id = connection.read(8);
      long named = System.nanoTime();
      assertEquals("//" + id + "#1\n", control.readLine());
      long millis = (System.nanoTime() - named) / 1_000_000;
      assertTrue(millis < 800, "used after " + millis + " ms");
      user.send("hello");
      assertEquals("hello", connection.read(5));
    }
  }

  @Test
  void aHandshakeThatFailsHereIsNotSaidToHaveBeenEndedByItsPeer() throws Exception {
    try (RunningTunnel server = RunningTunnel.server("&tls=1");
        Peer control = Peer.connect(server.control());
        TlsPeer connection = TlsPeer.connect(dataPort(control))) {
      server.endTasks();
      assertThrows(IOException.class, connection::shakeHands);
      server.untilLogged("data connection refused: TLS handshake with 127.0.0.1:");
    }
  }

  @Test
  void aHandshakeThatItsPeerEndsIsNoRefusal() throws Exception {
    try (RunningTunnel server = RunningTunnel.server("&tls=1");
        Peer control = Peer.connect(server.control())) {
      InetSocketAddress data = dataPort(control);
      try (Peer aborting = Peer.connect(data)) {
        server.pass(Duration.ZERO); // so that it is accepted
        aborting.abort();
      }
      server.untilLogged("data connection ended before it was named: TLS handshake with");
      assertFalse(server.log.has("refused"), server.log::toString);
    }
  }

  @Test
  void aHandshakeThatTakesTooLongIsRefusedByName() throws Exception {
    try (RunningTunnel server = RunningTunnel.server("&tls=1");
        Peer control = Peer.connect(server.control());
        Peer mute = Peer.connect(dataPort(control))) {
      mute.send("\u0016");
      server.pass(Duration.ZERO); // so that it is accepted
      server.pass(Duration.ofMillis(9_900));
      assertTrue(mute.isSilentFor(50), "ended too soon");
      server.pass(Duration.ofMillis(200));
      mute.expectAbort();
      server.untilLogged("data connection refused: TLS handshake with 127.0.0.1:");
      server.untilLogged("not finished within 10000 ms");
    }
  }
}
