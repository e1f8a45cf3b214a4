package io.nodepass.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nodepass.testkit.Await;
import io.nodepass.testkit.EchoServer;
import io.nodepass.testkit.NodePassProcess;
import io.nodepass.testkit.Patterns;
import io.nodepass.testkit.SocketPair;
import io.nodepass.testkit.Stage;
import io.nodepass.testkit.Tunnel;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whoever finds the open ports can neither stop the tunnel nor fill its memory. */
@Timeout(120)
class StrangersIT {
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final int SOME = 10_000;
  private static final long GIGABYTE = 1_000_000_000;

  /** Far below the heaps these processes are given, so that hoarding shows as growth. */
  private static final long MEMORY_TO_SPARE = 64 * 1024 * 1024;

  @RegisterExtension final Stage stage = new Stage();

  private EchoServer echo;

  @BeforeEach
  void startTarget() throws IOException {
    echo = stage.add(EchoServer.start());
  }

  @Test
  void silentStrangerWhoCameFirstDoesNotLockTheTunnel() throws IOException {
    Tunnel tunnel = plan().prepare(stage);
    tunnel.startServer();
    stage.add(strangerAt(tunnel.control()));
    tunnel.startClient();
    recovers(tunnel);
  }

  @Test
  void silentStrangersDuringTheTunnelChangeNothing() throws IOException {
    Tunnel tunnel = plan().start(stage);
    for (int i = 0; i < 50; i++) {
      stage.add(strangerAt(tunnel.control()));
    }
    tunnel.users(PATIENCE).inARow(50, SOME);
    assertEquals(0, tunnel.client().linesWith("control channel lost"));
  }

  @Test
  void garbageOnTheControlPortChangesNothing() throws IOException {
    Tunnel tunnel = plan().start(stage);
    String[] openings = {
      "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "\n\n\n", "//1#0\n", "//0badc0de#1\n", "SSH-2.0-x\r\n"
    };
    for (String opening : openings) {
      Socket stranger = stage.add(strangerAt(tunnel.control()));
      stranger.getOutputStream().write(opening.getBytes(StandardCharsets.US_ASCII));
    }
    Socket binary = stage.add(strangerAt(tunnel.control()));
    binary.getOutputStream().write(Patterns.bytes(1, 10_000));
    SocketPair.reset(strangerAt(tunnel.control()));
    tunnel.users(PATIENCE).inARow(50, SOME);
    assertEquals(0, tunnel.client().linesWith("control channel lost"));
  }

  @Test
  void gigabyteWithoutALineOnTheControlPortFillsNoMemory() throws IOException {
    Tunnel tunnel = plan().jvm("-Xmx512m").start(stage);
    tunnel.users(PATIENCE).inARow(10, SOME);
    long before = tunnel.server().residentBytes();
    flood(stage.add(strangerAt(tunnel.control())));
    tunnel.users(PATIENCE).inARow(50, SOME);
    expectMemoryBelow(before, tunnel.server());
  }

  @Test
  void gigabyteWithoutALineFromTheServerFillsNoMemoryOfTheClient() throws IOException {
    ServerSocket impostor = stage.add(SocketPair.target());
    impostor.setSoTimeout((int) PATIENCE.toMillis());
    NodePassProcess client =
        stage.add(
            NodePassProcess.launch()
                .env("SERVICE_COOLDOWN", "200ms")
                .jvm("-Xmx512m")
                .start(
                    "client",
                    "client://127.0.0.1:" + impostor.getLocalPort() + "/127.0.0.1:9?log=debug"));
    Socket first = stage.add(impostor.accept());
    long before = client.residentBytes();
    flood(first);
    ServerSocket data = stage.add(SocketPair.target());
    data.setSoTimeout((int) PATIENCE.toMillis());
    Socket second = stage.add(impostor.accept());
    String greeting = "//" + data.getLocalPort() + "#0\n";
    second.getOutputStream().write(greeting.getBytes(StandardCharsets.US_ASCII));
    Socket named = stage.add(data.accept());
    named.getOutputStream().write("0123abcd".getBytes(StandardCharsets.US_ASCII));
    // The client has tried again, and understands a server that is one.
    client.awaitLine("client ready: ", PATIENCE);
    expectMemoryBelow(before, client);
  }

  @Test
  void strangerFromElsewhereGetsNoDataConnection() throws IOException {
    Tunnel tunnel = plan().serverParameters("&proto=legacy").start(stage);
    assertEquals(-1, firstByteFor(tunnel.data()), "a stranger was given an id");
    tunnel.users(PATIENCE).inARow(20, SOME);
  }

  /** What a stranger from elsewhere reads first; -1 when it is turned away. */
  private static int firstByteFor(InetSocketAddress address) throws IOException {
    try (Socket stranger = strangerAt(address)) {
      stranger.setSoTimeout((int) PATIENCE.toMillis());
      return stranger.getInputStream().read();
    } catch (ConnectException e) {
      throw new AssertionError("nobody listens on " + address, e);
    } catch (SocketTimeoutException e) {
      throw new AssertionError("left waiting rather than refused", e);
    } catch (SocketException reset) {
      return -1;
    }
  }

  /** From the client's own address they cannot be told from it, but they can be seen to speak. */
  @Test
  void strangersOnTheDataPortWhoSpeakOrLeaveAreNeverGivenAUser() throws IOException {
    Tunnel tunnel = plan().serverParameters("&proto=legacy").start(stage);
    for (int i = 0; i < 20; i++) {
      Socket talker = stage.add(new Socket());
      talker.connect(tunnel.data(), (int) PATIENCE.toMillis());
      talker.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      Socket leaver = new Socket();
      leaver.connect(tunnel.data(), (int) PATIENCE.toMillis());
      leaver.close();
      Socket breaker = new Socket();
      breaker.connect(tunnel.data(), (int) PATIENCE.toMillis());
      SocketPair.reset(breaker);
    }
    tunnel.users(PATIENCE).inARow(100, SOME);
    assertEquals(100, echo.accepted());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "&proto=legacy"})
  void connectionsThatEndAtOnceOnEveryPortLeaveNothingBehind(String dialect) throws IOException {
    Tunnel tunnel = plan().serverParameters(dialect).env("MAX_POOL_CAPACITY", 32).start(stage);
    tunnel.users(PATIENCE).inARow(20, SOME);
    int before = tunnel.server().descriptors();
    for (int i = 0; i < 300; i++) {
      comeAndGo(tunnel.control(), i % 2 == 0);
      comeAndGo(tunnel.data(), i % 2 == 0);
      comeAndGo(tunnel.ingress(), i % 2 == 0);
    }
    tunnel.users(PATIENCE).inARow(20, SOME);
    Await.until(
        () -> "descriptors return to about " + before + ", not " + tunnel.server().descriptors(),
        Duration.ofSeconds(20),
        () -> tunnel.server().descriptors() < before + 40);
  }

  private static void comeAndGo(InetSocketAddress address, boolean byReset) throws IOException {
    try (Socket socket = strangerAt(address)) {
      if (byReset) {
        SocketPair.reset(socket);
      }
    } catch (ConnectException e) {
      throw new AssertionError("nobody listens on " + address, e);
    } catch (SocketException e) {
      // Turned away faster than it could look.
    }
  }

  private Tunnel.Plan plan() {
    return Tunnel.to(echo.address()).env("SERVICE_COOLDOWN", "200ms");
  }

  /** A connection from another address than the client's. */
  private static Socket strangerAt(InetSocketAddress address) throws IOException {
    Socket socket = new Socket();
    socket.bind(new InetSocketAddress(InetAddress.getByName("127.0.0.2"), 0));
    socket.connect(address, (int) PATIENCE.toMillis());
    return socket;
  }

  /** Sends a gigabyte unless it is cut off, or nobody reads on, before. */
  private static void flood(Socket socket) {
    byte[] block = new byte[64 * 1024];
    java.util.Arrays.fill(block, (byte) 'a');
    long[] sent = new long[1];
    Thread flooder =
        new Thread(
            () -> {
              try {
                for (; sent[0] < GIGABYTE; sent[0] += block.length) {
                  socket.getOutputStream().write(block);
                }
              } catch (IOException e) {
                // Cut off, as it should be.
              }
            },
            "flooder");
    flooder.setDaemon(true);
    flooder.start();
    try {
      flooder.join(5_000);
      socket.close();
      flooder.join(5_000);
    } catch (InterruptedException e) {
      throw new AssertionError("interrupted", e);
    } catch (IOException e) {
      throw new AssertionError("could not close", e);
    }
  }

  private static void expectMemoryBelow(long before, NodePassProcess process) {
    long grown = process.peakResidentBytes() - before;
    assertTrue(grown < MEMORY_TO_SPARE, () -> "grew by " + grown + " bytes\n" + process.tail());
  }

  private static void recovers(Tunnel tunnel) {
    Await.until(
        "a user is served",
        Duration.ofSeconds(20),
        () -> {
          try {
            tunnel.users(Duration.ofSeconds(5)).roundTrip(1, SOME);
            return true;
          } catch (IOException | AssertionError e) {
            return false;
          }
        });
  }
}
