package io.nodepass.tunnel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nodepass.testkit.Ports;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How users are carried by a server, with its client played by hand. */
@Timeout(30)
class ServerTunnelLoopbackTest {
  /** A client: its control connection, and where data connections go. */
  private record Client(Peer control, InetSocketAddress data) implements AutoCloseable {
    static Client connect(RunningTunnel server) throws IOException {
      Peer control = Peer.connect(server.control());
      int port = ControlLine.parse(control.readLine()).port();
      return new Client(control, new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    }

    Data dial() throws IOException {
      Peer peer = Peer.connect(data);
      return new Data(peer, peer.read(8));
    }

    void expectSignal(Data connection) throws IOException {
      assertEquals("//" + connection.id + "#1\n", control.readLine());
    }

    @Override
    public void close() throws IOException {
      control.close();
    }
  }

  private record Data(Peer peer, String id) implements AutoCloseable {
    @Override
    public void close() throws IOException {
      peer.close();
    }
  }

  private static void expectEcho(Peer from, Peer to) throws IOException {
    from.send("ping");
    assertEquals("ping", to.read(4));
    to.send("pong");
    assertEquals("pong", from.read(4));
  }

  @Test
  void anIdIsEightHexDigitsInOneSegment() throws Exception {
    try (RunningTunnel server = RunningTunnel.server("");
        Client client = Client.connect(server);
        Peer data = Peer.connect(client.data())) {
      String id = data.readOnce();
      assertTrue(ControlLine.isId(id), id);
      assertTrue(data.isSilentFor(100), "more than the id came");
    }
  }

  @Test
  void aConnectionIsNotSignalledBeforeItHasRestedForFiftyMilliseconds() throws Exception {
    try (RunningTunnel server = RunningTunnel.server("");
        Client client = Client.connect(server);
        Peer user = Peer.connect(server.ingress())) {
      user.send("x");
      long began = System.nanoTime();
      try (Data data = client.dial()) {
        client.expectSignal(data);
        long micros = (System.nanoTime() - began) / 1000;
        assertTrue(micros >= 50_000, "signalled after " + micros + " us");
        assertEquals("x", data.peer.read(1));
      }
    }
  }

  @Test
  void theOldestConnectionIsUsedFirst() throws Exception {
    try (RunningTunnel server =
            RunningTunnel.start("server://127.0.0.1:0/127.0.0.1:0?loops=1&report_interval=0");
        Client client = Client.connect(server);
        Data first = client.dial();
        Data second = client.dial();
        Data third = client.dial()) {
      for (Data data : new Data[] {first, second, third}) {
        Peer user = Peer.connect(server.ingress());
        client.expectSignal(data);
        expectEcho(user, data.peer);
      }
      assertEquals(3, server.tunnel().running());
    }
  }

  @Test
  void aReadyConnectionThatHasDiedIsNotUsed() throws Exception {
    try (RunningTunnel server = RunningTunnel.server("");
        Client client = Client.connect(server);
        Data aborted = client.dial();
        Data ended = client.dial();
        Data alive = client.dial()) {
      aborted.peer.abort();
      ended.peer.close();
      try (Peer user = Peer.connect(server.ingress())) {
        client.expectSignal(alive);
        expectEcho(user, alive.peer);
      }
    }
  }

  @Test
  void aReadyConnectionThatSpeaksIsDropped() throws Exception {
    try (RunningTunnel server = RunningTunnel.server("");
        Client client = Client.connect(server);
        Data data = client.dial()) {
      data.peer.send("x");
      data.peer.expectAbort();
      server.untilLogged("sent bytes before it was used");
    }
  }

  /** A client's own maximum may be larger than the server's: the usual maximum is always taken. */
  @Test
  void moreReadyConnectionsThanAnyPoolHasAreRefused() throws Exception {
    List<Data> ready = new ArrayList<>();
    try (RunningTunnel server = RunningTunnel.server("&min=1&max=2");
        Client client = Client.connect(server)) {
      for (int i = 0; i < ServerTunnel.LEAST_POOL_BOUND; i++) {
        ready.add(client.dial());
      }
      Peer.expectRefusal("127.0.0.1", client.data());
      assertTrue(ready.get(0).peer.isSilentFor(50));
    } finally {
      for (Data data : ready) {
        data.close();
      }
    }
  }

  @Test
  void anArrivalWaitsForAClientAndIsServedWhenOneComes() throws Exception {
    try (RunningTunnel server = RunningTunnel.server("");
        Peer user = Peer.connect(server.ingress())) {
      user.send("early");
      server.untilRunning(1);
      server.pass(Duration.ofSeconds(9));
      assertTrue(user.isSilentFor(100), "given up too early");
      try (Client client = Client.connect(server);
          Data data = client.dial()) {
        client.expectSignal(data);
        assertEquals("early", data.peer.read(5));
        expectEcho(user, data.peer);
      }
    }
  }

  @Test
  void anArrivalIsAbortedAfterTenSecondsWithoutAClient() throws Exception {
    try (RunningTunnel server = RunningTunnel.server("");
        Peer user = Peer.connect(server.ingress())) {
      server.untilRunning(1);
      server.pass(Duration.ofSeconds(10));
      user.expectAbort();
      server.untilLogged("no client is connected");
      server.untilRunning(0);
      assertEquals(1, server.tunnel().traffic().snapshot().refused());
    }
  }

  @Test
  void anArrivalIsAbortedAfterThirtySecondsWithoutAConnection() throws Exception {
    try (RunningTunnel server = RunningTunnel.server("");
        Client client = Client.connect(server);
        Data dead = client.dial()) {
      dead.peer.abort();
      server.untilLogged("ready connection dropped");
      try (Peer user = Peer.connect(server.ingress())) {
        server.untilRunning(1);
        server.pass(Duration.ofSeconds(29));
        assertTrue(user.isSilentFor(100), "given up too early");
        server.pass(Duration.ofSeconds(1));
        user.expectAbort();
        server.untilLogged("the client had no connection ready");
      }
    }
  }

  @Test
  void atTheLimitTheNextUserWaitsUntilOneHasEnded() throws Exception {
    try (RunningTunnel server = RunningTunnel.server("&semaphore_limit=2");
        Client client = Client.connect(server);
        Data one = client.dial();
        Data two = client.dial();
        Data three = client.dial()) {
      Peer[] users = new Peer[3];
      for (int i = 0; i < 3; i++) {
        users[i] = Peer.connect(server.ingress());
      }
      users[2].send("third");
      String ids = client.control.readLine() + client.control.readLine();
      assertTrue(client.control.isSilentFor(200), "a third was signalled");
      assertEquals(2, server.tunnel().running());
      for (Data data : new Data[] {one, two, three}) {
        if (ids.contains(data.id)) {
          data.peer.close();
        }
      }
      users[0].close();
      users[1].close();
      String last = client.control.readLine();
      for (Data data : new Data[] {one, two, three}) {
        if (last.contains(data.id)) {
          assertEquals("third", data.peer.read(5));
          expectEcho(users[2], data.peer);
        }
      }
      server.untilRunning(1);
    }
  }

  @Test
  void runningConnectionsOutliveTheControlChannelAndReadyOnesAreClosed() throws Exception {
    try (RunningTunnel server = RunningTunnel.server("");
        Client client = Client.connect(server);
        Data used = client.dial();
        Peer user = Peer.connect(server.ingress())) {
      client.expectSignal(used);
      try (Data idle = client.dial()) {
        client.control.close();
        idle.peer.expectGone();
      }
      expectEcho(user, used.peer);
      try (Client next = Client.connect(server);
          Data fresh = next.dial();
          Peer other = Peer.connect(server.ingress())) {
        next.expectSignal(fresh);
        expectEcho(other, fresh.peer);
        expectEcho(user, used.peer);
      }
    }
  }

  @Test
  void aUserWhoLeftWhileWaitingKeepsNoPlaceAndHindersNobody() throws Exception {
    try (RunningTunnel server = RunningTunnel.server("")) {
      Peer gone = Peer.connect(server.ingress());
      server.untilRunning(1);
      gone.abort();
      try (Client client = Client.connect(server);
          Data spent = client.dial()) {
        client.expectSignal(spent);
        spent.peer.expectAbort();
        server.untilRunning(0);
        try (Data data = client.dial();
            Peer user = Peer.connect(server.ingress())) {
          client.expectSignal(data);
          expectEcho(user, data.peer);
        }
      }
    }
  }

  @Test
  void aUserWhoHalfClosesWhileWaitingStillGetsTheAnswer() throws Exception {
    try (RunningTunnel server = RunningTunnel.server("");
        Peer user = Peer.connect(server.ingress())) {
      user.send("question");
      user.halfClose();
      server.untilRunning(1);
      try (Client client = Client.connect(server);
          Data data = client.dial()) {
        client.expectSignal(data);
        assertEquals("question", data.peer.read(8));
        data.peer.expectEnd();
        data.peer.send("answer");
        assertEquals("answer", user.read(6));
        data.peer.halfClose();
        user.expectEnd();
        server.untilRunning(0);
        assertEquals(1, server.tunnel().traffic().snapshot().ended());
      }
    }
  }

  @Test
  void theDataPortIsNeverTheOneThatUsersEnterBy() throws Exception {
    int port = firstOfTwoFreePorts();
    String url =
        "server://127.0.0.1:0/127.0.0.1:%?loops=1&report_interval=0&ports=%-"
            .replace("%", Integer.toString(port));
    for (int i = 0; i < 10; i++) {
      try (RunningTunnel server = RunningTunnel.start(url + (port + 1));
          Client client = Client.connect(server)) {
        assertEquals(port, server.ingress().getPort());
        assertEquals(port + 1, client.data.getPort());
      }
    }
  }

  private static int firstOfTwoFreePorts() {
    while (true) {
      int port = Ports.free();
      try (ServerSocket next = new ServerSocket()) {
        next.bind(Ports.loopback(port + 1));
        return port;
      } catch (IOException taken) {
        // The next one, then.
      }
    }
  }

  @Test
  void stoppingEndsWhatIsIdleAndLeavesWhatRuns() throws Exception {
    try (RunningTunnel server = RunningTunnel.server("");
        Client client = Client.connect(server);
        Data used = client.dial();
        Peer user = Peer.connect(server.ingress())) {
      client.expectSignal(used);
      try (Peer waiting = Peer.connect(server.ingress())) {
        server.untilRunning(2);
        server.tunnel().stop();
        waiting.expectAbort();
      }
      client.control.expectGone();
      expectEcho(user, used.peer);
      assertThrows(ConnectException.class, () -> Peer.connect(server.ingress()));
      assertThrows(ConnectException.class, () -> Peer.connect(server.control()));
      assertThrows(ConnectException.class, () -> Peer.connect(client.data()));
      server.tunnel().abort();
      user.expectAbort();
      used.peer.expectAbort();
      server.untilRunning(0);
    }
  }
}
