package io.nodepass.it;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.nodepass.testkit.Await;
import io.nodepass.testkit.CuttingProxy;
import io.nodepass.testkit.EchoServer;
import io.nodepass.testkit.Ports;
import io.nodepass.testkit.SocketPair;
import io.nodepass.testkit.Stage;
import io.nodepass.testkit.Tunnel;
import io.nodepass.testkit.Users;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What goes away comes back: the target, the control channel, either end. */
@Timeout(90)
class OutagesIT {
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final int SOME = 10_000;

  @RegisterExtension final Stage stage = new Stage();

  @Test
  void refusedTargetEndsTheUserAndNothingElse() throws IOException {
    int port = Ports.free();
    Tunnel tunnel = plan(Ports.loopback(port)).start(stage);
    for (int i = 0; i < 20; i++) {
      Users.expectAbort(tunnel.ingress(), PATIENCE);
    }
    EchoServer echo = stage.add(EchoServer.start(port));
    tunnel.users(PATIENCE).inARow(20, SOME);
    assertEquals(20, echo.accepted());
    assertEquals(0, tunnel.client().linesWith("control channel lost"));
  }

  /** The accept queue is full, so that the client's SYN is dropped and sent again. */
  @Test
  void targetThatIsSlowToAcceptIsWaitedFor() throws IOException {
    ServerSocket target = stage.add(new ServerSocket());
    target.bind(Ports.loopback(0), 1);
    target.setSoTimeout((int) PATIENCE.toMillis());
    Tunnel tunnel = Tunnel.to(target).start(stage);
    InetSocketAddress address = Ports.loopback(target.getLocalPort());
    int fillers = fill(address);
    Socket user = stage.add(Users.connect(tunnel.ingress(), PATIENCE));
    user.getOutputStream().write('q');
    Await.until(
        "the client's SYN to the target is out", PATIENCE, () -> hasSynSentTo(address.getPort()));
    for (int i = 0; i < fillers; i++) {
      stage.add(target.accept());
    }
    Socket service = stage.add(target.accept());
    service.setSoTimeout((int) PATIENCE.toMillis());
    assertEquals('q', service.getInputStream().read());
    SocketPair.say("answer", service, user);
  }

  @Test
  void controlCutInTheMiddleOfASignalIsRebuilt() throws IOException {
    EchoServer echo = stage.add(EchoServer.start());
    Tunnel tunnel = legacy(echo.address()).env("REPORT_INTERVAL", "1h").prepare(stage);
    CuttingProxy proxy = startThroughProxy(tunnel);
    tunnel.awaitConnected();
    tunnel.users(PATIENCE).inARow(5, SOME);
    proxy.cut(false, 5);
    try (Socket user = Users.connect(tunnel.ingress(), PATIENCE)) {
      tunnel.client().awaitLine("control channel lost", PATIENCE);
      tunnel.server().awaitLine("control channel lost", PATIENCE);
      SocketPair.expectReset(user); // the client never learnt of this one: it is not left to wait
    }
    assertEquals(1, proxy.cuts());
    recovers(tunnel);
    tunnel.users(PATIENCE).inARow(20, SOME);
  }

  /** Up to the line break nothing is a line, even if it could be read as one. */
  @Test
  void controlCutAnywhereInTheFirstLineIsTriedAgain() throws IOException {
    EchoServer echo = stage.add(EchoServer.start());
    Tunnel tunnel = plan(echo.address()).env("SERVICE_COOLDOWN", "50ms").prepare(stage);
    tunnel.startServer();
    CuttingProxy proxy = stage.add(CuttingProxy.to(tunnel.control()));
    proxy.cut(false, 0, 1, 2, 3, 4, 5, 6, 7, 8);
    tunnel.through(proxy.address());
    tunnel.startClient();
    tunnel.awaitConnected();
    assertEquals(9, proxy.cuts());
    recovers(tunnel);
    assertEquals(1, tunnel.client().linesWith("client ready: "));
  }

  @Test
  void controlThatIsResetIsRebuiltAgainAndAgain() throws IOException {
    EchoServer echo = stage.add(EchoServer.start());
    Tunnel tunnel = legacy(echo.address()).env("REPORT_INTERVAL", "100ms").prepare(stage);
    CuttingProxy proxy = startThroughProxy(tunnel);
    tunnel.awaitConnected();
    for (int round = 1; round <= 5; round++) {
      int mark = tunnel.client().mark();
      proxy.cut(true, 0);
      tunnel.client().awaitLine(mark, "client ready: ", PATIENCE);
      recovers(tunnel);
    }
    assertEquals(5, proxy.cuts());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "&proto=legacy"})
  void runningConnectionOutlivesTheControlChannel(String dialect) throws IOException {
    ServerSocket target = stage.add(SocketPair.target());
    Tunnel tunnel =
        Tunnel.to(target)
            .env("SERVICE_COOLDOWN", "200ms")
            .env("REPORT_INTERVAL", "100ms")
            .env("MIN_POOL_CAPACITY", 2)
            .env("MAX_POOL_CAPACITY", 2)
            .clientParameters(dialect)
            .prepare(stage);
    CuttingProxy proxy = startThroughProxy(tunnel);
    tunnel.awaitConnected();
    SocketPair pair = stage.add(SocketPair.open(tunnel.ingress(), target, PATIENCE));
    SocketPair.say("before", pair.user(), pair.service());
    // In a session data connections go the same way: only control is to speak from here on.
    Await.until(
        "the pool is full again", PATIENCE, () -> tunnel.client().linesWith(" is ready") >= 3);
    int mark = tunnel.client().mark();
    proxy.cut(true, 0);
    tunnel.client().awaitLine(mark, "client ready: ", PATIENCE);
    SocketPair.say("after", pair.user(), pair.service());
    SocketPair.say("answer", pair.service(), pair.user());
    pair.user().shutdownOutput();
    SocketPair.expectEnd(pair.service());
  }

  @Test
  void killedServerIsFoundAgainWhenItIsBack() throws IOException {
    serverComesBackAfter("KILL");
  }

  @Test
  void stoppedServerIsFoundAgainWhenItIsBack() throws IOException {
    serverComesBackAfter("TERM");
  }

  @Test
  void killedClientIsReplacedByTheNext() throws IOException {
    clientComesBackAfter("KILL");
  }

  @Test
  void stoppedClientIsReplacedByTheNext() throws IOException {
    clientComesBackAfter("TERM");
  }

  /** While no client is there users wait, and the next client serves them. */
  @Test
  void userWhoComesBeforeTheClientIsServedWhenItIsThere() throws IOException {
    EchoServer echo = stage.add(EchoServer.start());
    Tunnel tunnel = plan(echo.address()).prepare(stage);
    tunnel.startServer();
    Socket user = stage.add(Users.connect(tunnel.ingress(), PATIENCE));
    user.getOutputStream().write('q');
    tunnel.startClient();
    assertEquals('q', user.getInputStream().read());
  }

  private void serverComesBackAfter(String signal) throws IOException {
    EchoServer echo = stage.add(EchoServer.start());
    Tunnel tunnel = plan(echo.address()).start(stage);
    tunnel.users(PATIENCE).inARow(20, SOME);
    int mark = tunnel.client().mark();
    tunnel.server().signal(signal);
    tunnel.server().awaitExit(PATIENCE);
    tunnel.client().awaitLine(mark, "control channel lost", PATIENCE);
    tunnel.startServer();
    tunnel.client().awaitLine(mark, "client ready: ", PATIENCE);
    recovers(tunnel);
    tunnel.users(PATIENCE).inARow(20, SOME);
  }

  private void clientComesBackAfter(String signal) throws IOException {
    EchoServer echo = stage.add(EchoServer.start());
    Tunnel tunnel = plan(echo.address()).start(stage);
    tunnel.users(PATIENCE).inARow(20, SOME);
    int mark = tunnel.server().mark();
    tunnel.client().signal(signal);
    tunnel.client().awaitExit(PATIENCE);
    tunnel.startClient();
    tunnel.server().awaitLine(mark, "client connected: ", PATIENCE);
    recovers(tunnel);
    tunnel.users(PATIENCE).inARow(20, SOME);
  }

  private CuttingProxy startThroughProxy(Tunnel tunnel) throws IOException {
    tunnel.startServer();
    CuttingProxy proxy = stage.add(CuttingProxy.to(tunnel.control()));
    tunnel.through(proxy.address());
    tunnel.startClient();
    return proxy;
  }

  private static Tunnel.Plan plan(InetSocketAddress target) {
    return Tunnel.to(target).env("SERVICE_COOLDOWN", "200ms");
  }

  /** Where the control connection has an address of its own, so that it alone can be cut. */
  private static Tunnel.Plan legacy(InetSocketAddress target) {
    return plan(target).clientParameters("&proto=legacy");
  }

  /** A failed user is tried again, as people do, but not for longer than a few seconds. */
  private static void recovers(Tunnel tunnel) {
    Await.until(
        "a user is served again",
        Duration.ofSeconds(8),
        () -> {
          try {
            tunnel.users(Duration.ofSeconds(4)).roundTrip(1, SOME);
            return true;
          } catch (IOException | AssertionError e) {
            return false;
          }
        });
  }

  /** Connects until the accept queue takes no more, and says how many that were. */
  private int fill(InetSocketAddress address) throws IOException {
    for (int count = 0; count < 20; count++) {
      Socket filler = stage.add(new Socket());
      try {
        filler.connect(address, 300);
      } catch (java.net.SocketTimeoutException full) {
        filler.close();
        return count;
      }
    }
    throw new AssertionError("the accept queue never filled");
  }

  /** Whether a socket of this machine waits for the answer to its SYN to this port. */
  private static boolean hasSynSentTo(int port) throws IOException {
    String remote =
        ":" + HexFormat.of().toHexDigits((short) port).toUpperCase(Locale.ROOT) + " 02 ";
    for (String table : List.of("/proc/net/tcp", "/proc/net/tcp6")) {
      Path path = Path.of(table);
      if (Files.exists(path) && Files.readString(path).contains(remote)) {
        return true;
      }
    }
    return false;
  }
}
