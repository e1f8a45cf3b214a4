package io.nodepass.transport.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nodepass.testkit.LeakExtension;
import io.nodepass.testkit.LoopbackPair;
import io.nodepass.testkit.ManualClock;
import io.nodepass.testkit.TestLoop;
import io.nodepass.transport.Arrival;
import io.nodepass.transport.Flow;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LeakExtension.class)
class TcpListenerLoopbackTest {
  private final ManualClock clock = new ManualClock();
  private final TestLoop loop = TestLoop.start(clock);
  private final List<Arrival> arrivals = new ArrayList<>();
  private final List<Socket> sockets = new ArrayList<>();
  private TcpListener listener;

  @BeforeEach
  void open() throws Exception {
    listener = TcpListener.open(loop.loop(), LoopbackPair.anyPort(), arrivals::add, loop.log());
  }

  @AfterEach
  void close() throws Exception {
    loop.run(
        () -> {
          listener.close();
          arrivals.forEach(Arrival::abort);
        });
    for (Socket socket : sockets) {
      socket.close();
    }
  }

  private Socket connect() throws IOException {
    Socket socket = new Socket(listener.address().getAddress(), listener.address().getPort());
    socket.setSoTimeout((int) TestLoop.DEADLINE.toMillis());
    sockets.add(socket);
    return socket;
  }

  @Test
  void itTellsWhereItListensAndWhoComes() throws Exception {
    assertNotEquals(0, listener.address().getPort());
    Socket socket = connect();
    loop.until("the arrival", () -> arrivals.size() == 1);
    assertEquals(socket.getLocalSocketAddress(), arrivals.get(0).remote());
  }

  @Test
  void aPausedListenerLeavesConnectionsInTheBacklogUntilItResumes() throws Exception {
    loop.run(() -> listener.pause(true));
    for (int i = 0; i < 5; i++) {
      connect();
    }
    loop.turns();
    assertEquals(0, arrivals.size());
    loop.run(() -> listener.pause(false));
    loop.until("all have arrived", () -> arrivals.size() == 5);
  }

  @Test
  void anAcceptorThatPausesGetsNoFurtherOnesOfTheSameTurn() throws Exception {
    loop.run(() -> listener.pause(true));
    connect();
    connect();
    List<Arrival> seen = new ArrayList<>();
    TcpListener[] pausing = new TcpListener[1];
    pausing[0] =
        TcpListener.open(
            loop.loop(),
            LoopbackPair.anyPort(),
            arrival -> {
              seen.add(arrival);
              pausing[0].pause(true);
            },
            loop.log());
    loop.run(() -> pausing[0].pause(true));
    InetSocketAddress address = pausing[0].address();
    for (int i = 0; i < 3; i++) {
      sockets.add(new Socket(address.getAddress(), address.getPort()));
    }
    for (int i = 1; i <= 3; i++) {
      int expected = i;
      loop.run(() -> pausing[0].pause(false));
      loop.until("one more", () -> seen.size() == expected);
      loop.turns();
      assertEquals(expected, seen.size());
    }
    loop.run(
        () -> {
          pausing[0].close();
          seen.forEach(Arrival::abort);
        });
  }

  @Test
  void whenAcceptingFailsItRestsSaysSoOnceAndRecovers() throws Exception {
    IOException tooMany = new IOException("Too many open files");
    loop.run(() -> listener.failed(tooMany));
    connect();
    loop.turns();
    loop.advance(clock, Duration.ofMillis(99));
    assertEquals(0, arrivals.size(), "it does not rest");
    loop.advance(clock, Duration.ofMillis(1));
    loop.until("the one that waited", () -> arrivals.size() == 1);

    loop.run(() -> listener.failed(tooMany));
    loop.advance(clock, Duration.ofSeconds(9));
    List<String> lines = loop.log().take();
    assertEquals(1, lines.size(), lines::toString);
    assertTrue(lines.get(0).startsWith("ERROR accepting on 127.0.0.1:"), lines::toString);
    assertTrue(lines.get(0).endsWith("Too many open files"), lines::toString);

    loop.advance(clock, Duration.ofSeconds(2));
    loop.run(() -> listener.failed(tooMany));
    assertEquals(1, loop.log().take().size(), "after a while it says so again");
  }

  @Test
  void restingDoesNotEndAPause() throws Exception {
    loop.run(
        () -> {
          listener.pause(true);
          listener.failed(new IOException("Too many open files"));
        });
    connect();
    loop.advance(clock, Duration.ofSeconds(1));
    loop.turns();
    assertEquals(0, arrivals.size());
    loop.run(() -> listener.pause(false));
    loop.until("the one that waited", () -> arrivals.size() == 1);
    loop.log().take();
  }

  @Test
  void anAcceptorThatThrowsCostsThatConnectionOnly() throws Exception {
    List<Arrival> seen = new ArrayList<>();
    int[] calls = new int[1];
    TcpListener careless =
        TcpListener.open(
            loop.loop(),
            LoopbackPair.anyPort(),
            arrival -> {
              if (calls[0]++ == 0) {
                throw new IllegalStateException("careless");
              }
              seen.add(arrival);
            },
            loop.log());
    InetSocketAddress address = careless.address();
    Socket lost = new Socket(address.getAddress(), address.getPort());
    sockets.add(lost);
    lost.setSoTimeout((int) TestLoop.DEADLINE.toMillis());
    assertThrows(SocketException.class, () -> lost.getInputStream().read());
    sockets.add(new Socket(address.getAddress(), address.getPort()));
    loop.advance(clock, Duration.ofSeconds(1));
    loop.until("the next one", () -> seen.size() == 1);
    assertTrue(loop.log().take().get(0).contains("careless"));
    loop.run(
        () -> {
          careless.close();
          seen.get(0).abort();
        });
  }

  @Test
  void aRefusedArrivalSeesAReset() throws Exception {
    Socket socket = connect();
    loop.until("the arrival", () -> arrivals.size() == 1);
    loop.run(() -> arrivals.get(0).abort());
    assertThrows(SocketException.class, () -> socket.getInputStream().read());
  }

  @Test
  void anArrivalThatIsBoundIsAFlow() throws Exception {
    Socket socket = connect();
    loop.until("the arrival", () -> arrivals.size() == 1);
    Flow flow = loop.call(() -> arrivals.get(0).bind(loop.loop()));
    assertEquals(socket.getLocalSocketAddress(), flow.remote());
    loop.run(flow::shutdownOutput);
    assertEquals(-1, socket.getInputStream().read());
    loop.run(() -> flow.abort(null));
    assertThrows(IOException.class, () -> loop.call(() -> arrivals.get(0).bind(loop.loop())));
  }

  @Test
  void afterItsCloseNobodyGetsIn() throws Exception {
    loop.run(listener::close);
    loop.run(listener::close);
    loop.turns();
    assertThrows(IOException.class, this::connect);
    loop.run(
        () -> {
          listener.pause(false);
          listener.failed(new IOException("too late to matter"));
        });
  }

  @Test
  void anAddressInUseIsRefusedWithoutLeavingAnythingOpen() {
    assertThrows(
        IOException.class,
        () -> TcpListener.open(loop.loop(), listener.address(), arrivals::add, loop.log()));
  }
}
