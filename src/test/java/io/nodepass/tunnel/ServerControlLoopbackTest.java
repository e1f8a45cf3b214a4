package io.nodepass.tunnel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who becomes the server's client, and who does not. */
@Timeout(30)
class ServerControlLoopbackTest {
  private static InetSocketAddress dataPort(String greeting) throws ProtocolException {
    ControlLine line = ControlLine.parse(greeting);
    assertEquals(ControlLine.greeting(line.port(), 0), greeting);
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), line.port());
  }

  /** That this control connection is the one that signals go to. */
  private static void expectService(RunningTunnel server, Peer control, InetSocketAddress data)
      throws IOException {
    try (Peer connection = Peer.connect(data);
        Peer user = Peer.connect(server.ingress())) {
      String id = connection.read(8);
      assertEquals("//" + id + "#1\n", control.readLine());
      user.send("hello");
      assertEquals("hello", connection.read(5));
    }
  }

  @Test
  void aClientIsGreetedAtOnceWithTheDataPortAndNoTls() throws Exception {
    try (RunningTunnel server = RunningTunnel.server("&ports=20000-29999");
        Peer control = Peer.connect(server.control())) {
      String greeting = control.readOnce();
      InetSocketAddress data = dataPort(greeting);
      assertTrue(data.getPort() >= 20000 && data.getPort() <= 29999, greeting);
      expectService(server, control, data);
    }
  }

  @Test
  void everyReportIntervalBringsABlankLine() throws Exception {
    try (RunningTunnel server = RunningTunnel.start(RunningTunnel.SERVER + "60ms");
        Peer control = Peer.connect(server.control())) {
      control.readLine();
      control.readLine(); // the first may come at any moment
      long began = System.nanoTime();
      for (int i = 0; i < 4; i++) {
        assertEquals("\n", control.readLine());
      }
      long millis = (System.nanoTime() - began) / 1_000_000;
      assertTrue(millis >= 160, "4 lines in " + millis + " ms");
    }
  }

  @Test
  void aSilentStrangerDelaysARealClientOfItsAddressByOneSecond() throws Exception {
    try (RunningTunnel server = RunningTunnel.server("");
        Peer stranger = Peer.connect(server.control())) {
      stranger.readLine();
      try (Peer control = Peer.connect(server.control())) {
        assertTrue(control.isSilentFor(200), "greeted at once");
        server.pass(Duration.ofSeconds(1));
        InetSocketAddress data = dataPort(control.readLine());
        expectService(server, control, data);
        stranger.expectGone();
      }
    }
  }

  @Test
  void aSilentStrangerDoesNotDelayAClientOfAnotherAddress() throws Exception {
    try (RunningTunnel server = RunningTunnel.server("");
        Peer stranger = Peer.connect("127.0.0.2", server.control())) {
      stranger.readLine();
      try (Peer control = Peer.connect(server.control())) {
        expectService(server, control, dataPort(control.readLine()));
        stranger.expectGone();
      }
    }
  }

  @Test
  void aStrangerThatSpeaksIsClosed() throws Exception {
    try (RunningTunnel server = RunningTunnel.server("");
        Peer stranger = Peer.connect(server.control())) {
      stranger.readLine();
      stranger.send("GET / HTTP/1.1\r\n\r\n");
      stranger.expectGone();
      try (Peer control = Peer.connect(server.control())) {
        expectService(server, control, dataPort(control.readLine()));
      }
    }
  }

  @Test
  void aStrangerThatOpensNoDataConnectionIsClosedAfterTenSeconds() throws Exception {
    try (RunningTunnel server = RunningTunnel.server("");
        Peer stranger = Peer.connect(server.control())) {
      stranger.readLine();
      server.pass(Duration.ofSeconds(9));
      assertTrue(stranger.isSilentFor(100), "closed too early");
      server.pass(Duration.ofSeconds(1));
      stranger.expectGone();
    }
  }

  @Test
  void anActiveClientIsNotClosedForOpeningNothingMore() throws Exception {
    try (RunningTunnel server = RunningTunnel.server("");
        Peer control = Peer.connect(server.control())) {
      InetSocketAddress data = dataPort(control.readLine());
      expectService(server, control, data);
      server.pass(Duration.ofMinutes(1));
      assertTrue(control.isSilentFor(100), "closed");
      expectService(server, control, data);
    }
  }

  @Test
  void aSecondClientWaitsWithoutALineUntilTheFirstLeaves() throws Exception {
    try (RunningTunnel server = RunningTunnel.server("");
        Peer first = Peer.connect(server.control())) {
      expectService(server, first, dataPort(first.readLine()));
      try (Peer second = Peer.connect(server.control())) {
        server.pass(Duration.ofMinutes(1));
        assertTrue(second.isSilentFor(200), "greeted beside an active client");
        first.abort();
        expectService(server, second, dataPort(second.readLine()));
        server.untilLogged("control channel lost");
      }
    }
  }

  @Test
  void theNinthOfOneAddressIsRefusedAndAnotherAddressIsNot() throws Exception {
    try (RunningTunnel server = RunningTunnel.server("")) {
      List<Peer> eight = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        eight.add(Peer.connect(server.control()));
      }
      eight.get(0).readLine();
      Peer.expectRefusal("127.0.0.1", server.control());
      try (Peer other = Peer.connect("127.0.0.2", server.control())) {
        assertTrue(other.readLine().startsWith("//"));
        server.untilLogged("refused: 8 from its address");
        eight.get(0).close();
        eight.get(1).readLine();
        try (Peer again = Peer.connect(server.control())) {
          assertTrue(again.isSilentFor(100), "refused though there is room");
        }
      } finally {
        for (Peer peer : eight) {
          peer.close();
        }
      }
    }
  }

  @Test
  void silentStrangersOfManyAddressesKeepNoRealClientWaiting() throws Exception {
    List<Peer> strangers = new ArrayList<>();
    try (RunningTunnel server = RunningTunnel.server("")) {
      for (int host = 2; host <= 20; host++) {
        for (int i = 0; i < 8; i++) {
          connectUnlessRefused("127.0.0." + host, server.control(), strangers);
        }
      }
      long began = System.nanoTime();
      try (Peer control = Peer.connect(server.control())) {
        InetSocketAddress data = dataPort(control.readLine());
        long millis = (System.nanoTime() - began) / 1_000_000;
        assertTrue(millis <= 2_000, "greeted after " + millis + " ms");
        expectService(server, control, data);
      }
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

  @Test
  void aClientThatComesAndGoesAllTheTimeDoesNotFloodTheLog() throws Exception {
    try (RunningTunnel server = RunningTunnel.server("")) {
      for (int i = 0; i < 300; i++) {
        try (Peer control = Peer.connect(server.control());
            Peer data = Peer.connect(dataPort(control.readLine()))) {
          assertTrue(ControlLine.isId(data.read(8)));
        }
      }
      server.untilLogged("client connected");
      server.untilLogged("control channel lost");
      long lines = server.log.count("client connected") + server.log.count("control channel lost");
      assertTrue(lines <= 60, () -> lines + " lines about clients");
    }
  }

  @Test
  void aDataConnectionFromAnotherAddressThanTheClientsIsRefused() throws Exception {
    try (RunningTunnel server = RunningTunnel.server("");
        Peer control = Peer.connect("127.0.0.2", server.control())) {
      InetSocketAddress data = dataPort(control.readLine());
      Peer.expectRefusal("127.0.0.1", data);
      try (Peer real = Peer.connect("127.0.0.2", data)) {
        assertTrue(ControlLine.isId(real.read(8)));
        Peer.expectRefusal("127.0.0.1", data);
        assertTrue(real.isSilentFor(50), "the client's own was closed");
      }
    }
  }

  @Test
  void aDataConnectionWithoutAnyControlClientIsRefused() throws Exception {
    try (RunningTunnel server = RunningTunnel.server("")) {
      InetSocketAddress data;
      try (Peer control = Peer.connect(server.control())) {
        data = dataPort(control.readLine());
      }
      server.untilLogged("closed: closed by the peer");
      Peer.expectRefusal("127.0.0.1", data);
      server.untilLogged("no client at that address");
    }
  }

  @Test
  void aClientThatIsAbortedAndComesBackIsGreetedAgain() throws Exception {
    try (RunningTunnel server = RunningTunnel.server("")) {
      for (int i = 0; i < 5; i++) {
        try (Peer control = Peer.connect(server.control())) {
          expectService(server, control, dataPort(control.readLine()));
          control.abort();
        }
      }
    }
  }
}
