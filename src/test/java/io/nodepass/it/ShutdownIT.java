package io.nodepass.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nodepass.testkit.Await;
import io.nodepass.testkit.NodePassProcess;
import io.nodepass.testkit.Patterns;
import io.nodepass.testkit.SocketPair;
import io.nodepass.testkit.Stage;
import io.nodepass.testkit.Tunnel;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** SIGTERM and SIGINT: running connections may end in time, the rest is aborted, exit code 0. */
@Timeout(60)
class ShutdownIT {
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Duration SOON = Duration.ofSeconds(4);

  @RegisterExtension final Stage stage = new Stage();

  private ServerSocket target;

  @BeforeEach
  void startTarget() throws IOException {
    target = stage.add(SocketPair.target());
  }

  @Test
  void idleServerEndsSoon() {
    endsSoon(tunnel("30s").server(), "TERM");
  }

  @Test
  void idleClientEndsSoon() {
    endsSoon(tunnel("30s").client(), "TERM");
  }

  @Test
  void interruptEndsTheServerToo() {
    endsSoon(tunnel("30s").server(), "INT");
  }

  @Test
  void clientWithoutAServerEndsSoon() {
    Tunnel tunnel = Tunnel.to(target).env("SERVICE_COOLDOWN", "100ms").prepare(stage);
    tunnel.startClient();
    tunnel.client().awaitLine(1, "a second line", line -> true, PATIENCE);
    endsSoon(tunnel.client(), "TERM");
  }

  @Test
  void serverLetsARunningConnectionEnd() throws IOException {
    runningConnectionEnds(Tunnel::server);
  }

  @Test
  void clientLetsARunningConnectionEnd() throws IOException {
    runningConnectionEnds(Tunnel::client);
  }

  @Test
  void serverAbortsWhatDoesNotEnd() throws IOException {
    whatDoesNotEndIsAborted(Tunnel::server);
  }

  @Test
  void clientAbortsWhatDoesNotEnd() throws IOException {
    whatDoesNotEndIsAborted(Tunnel::client);
  }

  @Test
  void stoppingServerTakesNoMoreUsers() throws IOException {
    Tunnel tunnel = tunnel("30s");
    SocketPair pair = openPair(tunnel);
    tunnel.server().signal("TERM");
    Await.until("the ingress is closed", PATIENCE, () -> refuses(tunnel));
    SocketPair.say("still here", pair.user(), pair.service());
    assertTrue(tunnel.server().isAlive(), "the server waits for its connection");
  }

  @Test
  void secondSignalEndsAtOnce() throws IOException {
    Tunnel tunnel = tunnel("60s");
    SocketPair pair = openPair(tunnel);
    NodePassProcess server = tunnel.server();
    server.signal("TERM");
    server.signal("TERM"); // together with the first, as a shell or timeout(1) sends them: one
    Await.until("the ingress is closed", PATIENCE, () -> refuses(tunnel));
    assertTrue(server.isAlive(), "the server waits for its connection");
    Await.until("a signal of its own ends it", SOON, () -> signalled(server));
    assertEquals(143, server.awaitExit(SOON));
    SocketPair.expectReset(pair.user());
    SocketPair.expectReset(pair.service());
  }

  private static boolean signalled(NodePassProcess process) {
    try {
      process.signal("TERM");
    } catch (AssertionError e) {
      assertFalse(process.isAlive(), e.getMessage()); // it has gone in the meantime
    }
    return !process.isAlive();
  }

  private void endsSoon(NodePassProcess process, String signal) {
    process.signal(signal);
    assertEquals(0, process.awaitExit(SOON), process::tail);
    process.awaitLine("shutdown complete", PATIENCE);
  }

  private void runningConnectionEnds(Function<Tunnel, NodePassProcess> which) throws IOException {
    Tunnel tunnel = tunnel("30s");
    SocketPair pair = openPair(tunnel);
    NodePassProcess stopped = which.apply(tunnel);
    int length = 5_000_000;
    stopped.signal("TERM");
    Thread writer = new Thread(() -> writeAndEnd(pair.user(), length), "writer");
    writer.setDaemon(true);
    writer.start();
    new Patterns.Checker(1).readAll(pair.service().getInputStream(), length);
    SocketPair.say("received", pair.service(), pair.user());
    pair.service().shutdownOutput();
    SocketPair.expectEnd(pair.user());
    assertEquals(0, stopped.awaitExit(SOON), stopped::tail);
    String last = stopped.awaitLine("shutdown complete", PATIENCE);
    assertEquals(0, aborted(last), last);
  }

  private void whatDoesNotEndIsAborted(Function<Tunnel, NodePassProcess> which) throws IOException {
    Tunnel tunnel = tunnel("500ms");
    SocketPair one = openPair(tunnel);
    SocketPair two = openPair(tunnel);
    NodePassProcess stopped = which.apply(tunnel);
    stopped.signal("TERM");
    assertEquals(0, stopped.awaitExit(SOON), stopped::tail);
    for (SocketPair pair : new SocketPair[] {one, two}) {
      SocketPair.expectReset(pair.user());
      SocketPair.expectReset(pair.service());
    }
    String last = stopped.awaitLine("shutdown complete", PATIENCE);
    assertEquals(2, aborted(last), last);
  }

  @Test
  void serverTellsWhatEndedInTimeFromWhatDidNot() throws IOException {
    twoOfThreeEndInTime(Tunnel::server);
  }

  @Test
  void clientTellsWhatEndedInTimeFromWhatDidNot() throws IOException {
    twoOfThreeEndInTime(Tunnel::client);
  }

  private void twoOfThreeEndInTime(Function<Tunnel, NodePassProcess> which) throws IOException {
    Tunnel tunnel = tunnel("2s");
    SocketPair[] ending = {openPair(tunnel), openPair(tunnel)};
    SocketPair staying = openPair(tunnel);
    NodePassProcess stopped = which.apply(tunnel);
    stopped.signal("TERM");
    // What ends before it has stopped is nothing that the shutdown has waited for.
    NodePassProcess other = stopped == tunnel.server() ? tunnel.client() : tunnel.server();
    other.awaitLine("control channel lost", PATIENCE);
    for (SocketPair pair : ending) {
      pair.user().shutdownOutput();
      SocketPair.expectEnd(pair.service());
      pair.service().shutdownOutput();
      SocketPair.expectEnd(pair.user());
    }
    SocketPair.expectReset(staying.user());
    SocketPair.expectReset(staying.service());
    assertEquals(0, stopped.awaitExit(SOON), stopped::tail);
    String last = stopped.awaitLine("shutdown complete", PATIENCE);
    assertTrue(last.endsWith("shutdown complete: 2 connections ended, 1 aborted"), last);
  }

  /** The number in front of the word "aborted". */
  private static int aborted(String line) {
    int end = line.indexOf(" aborted");
    int start = end;
    while (start > 0 && Character.isDigit(line.charAt(start - 1))) {
      start--;
    }
    if (start == end) {
      throw new AssertionError("does not say how many were aborted: " + line);
    }
    return Integer.parseInt(line.substring(start, end));
  }

  private static void writeAndEnd(Socket socket, int length) {
    try {
      socket.getOutputStream().write(Patterns.bytes(1, length));
      socket.shutdownOutput();
    } catch (IOException e) {
      // The reader sees that something is missing.
    }
  }

  private Tunnel tunnel(String shutdownTimeout) {
    return Tunnel.to(target).env("SHUTDOWN_TIMEOUT", shutdownTimeout).start(stage);
  }

  private SocketPair openPair(Tunnel tunnel) throws IOException {
    SocketPair pair = stage.add(SocketPair.open(tunnel.ingress(), target, PATIENCE));
    SocketPair.say("hello", pair.user(), pair.service());
    return pair;
  }

  private static boolean refuses(Tunnel tunnel) throws IOException {
    try (Socket late = new Socket()) {
      late.connect(tunnel.ingress(), 1_000);
      return false;
    } catch (java.net.ConnectException e) {
      return true;
    } catch (java.net.SocketException e) {
      // Reset while it waited to be accepted: the listener closes just now.
      return false;
    }
  }
}
