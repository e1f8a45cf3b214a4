package io.nodepass;

import static io.nodepass.TunnelPair.SILENT;
import static io.nodepass.TunnelPair.SOON;
import static io.nodepass.TunnelPair.THREADS;
import static io.nodepass.TunnelPair.expect;
import static io.nodepass.TunnelPair.expectAbort;
import static io.nodepass.TunnelPair.expectEnd;
import static io.nodepass.TunnelPair.send;
import static io.nodepass.TunnelPair.until;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nodepass.config.TunnelConfig;
import io.nodepass.config.TunnelUrl;
import io.nodepass.testkit.Openssl;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How tunnels are started and shut down, and what is left of them. */
@Timeout(60)
class NodePassLifecycleLoopbackTest {
  private static Set<String> threads() {
    Set<String> names = new HashSet<>();
    for (Thread thread : Thread.getAllStackTraces().keySet()) {
      if (thread.getName().startsWith("nodepass-")) {
        names.add(thread.getName() + " " + thread.getId());
      }
    }
    return names;
  }

  @Test
  void aPortThatIsTakenFailsTheStartAndLeavesNothingBehind() throws Exception {
    Set<String> before = threads();
    try (ServerSocket taken = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      InetSocketAddress free = freeAddress();
      String good = "127.0.0.1:" + free.getPort();
      String bad = "127.0.0.1:" + taken.getLocalPort();
      for (String url : List.of("server://" + bad + "/" + good, "server://" + good + "/" + bad)) {
        IOException e = assertThrows(IOException.class, () -> NodePass.start(url, SILENT).close());
        assertTrue(e.getMessage().contains(bad), e.getMessage());
        assertEquals(before, threads());
      }
      // Nor does it hold the other port: somebody else can listen there now.
      assertTrue(isFree(free));
    }
  }

  @Test
  void oneTunnelThatCannotStartStopsTheOthers() throws Exception {
    Set<String> before = threads();
    try (ServerSocket taken = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      List<TunnelConfig> configs =
          List.of(
              TunnelUrl.parse("server://127.0.0.1:0/127.0.0.1:0", Map.of(), warning -> {}),
              TunnelUrl.parse(
                  "server://127.0.0.1:0/127.0.0.1:" + taken.getLocalPort(),
                  Map.of(),
                  warning -> {}));
      assertThrows(IOException.class, () -> TunnelGroup.start(configs, config -> SILENT).close());
      assertEquals(before, threads());
    }
  }

  @Test
  void aShutdownLetsARunningConnectionEnd() throws Exception {
    try (TunnelPair pair = new TunnelPair();
        Socket user = pair.user();
        Socket target = pair.accept()) {
      CompletableFuture<TunnelGroup.Shutdown> shutdown =
          CompletableFuture.supplyAsync(() -> pair.server.shutdown(SOON), THREADS);
      until(() -> isFree(pair.server.address()), "still listens");
      send(user, "last words");
      expect(target, "last words");
      assertFalse(shutdown.isDone(), "did not wait");
      user.shutdownOutput();
      target.shutdownOutput();
      expectEnd(user);
      expectEnd(target);
      assertEquals(new TunnelGroup.Shutdown(1, 0), shutdown.get(5, TimeUnit.SECONDS));
    }
  }

  private static InetSocketAddress freeAddress() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      return (InetSocketAddress) socket.getLocalSocketAddress();
    }
  }

  private static boolean isFree(InetSocketAddress address) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.bind(address);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void aShutdownCountsTheUsersWhomItTurnsAway() throws Exception {
    try (NodePass server = NodePass.start("server://127.0.0.1:0/127.0.0.1:0", SILENT);
        Socket user = TunnelPair.connect(server)) {
      until(() -> server.stats().running() == 0 && server.stats().admitted() == 1, "is waiting");
      assertEquals(new TunnelGroup.Shutdown(0, 1), server.shutdown(SOON));
      expectAbort(user);
    }
  }

  @Test
  void aShutdownAbortsWhatDoesNotEnd() throws Exception {
    try (TunnelPair pair = new TunnelPair();
        Socket user = pair.user();
        Socket target = pair.accept()) {
      long began = System.nanoTime();
      TunnelGroup.Shutdown shutdown = pair.server.shutdown(Duration.ofMillis(150));
      long millis = (System.nanoTime() - began) / 1_000_000;
      assertEquals(new TunnelGroup.Shutdown(0, 1), shutdown);
      assertTrue(millis >= 145, "gave only " + millis + " ms");
      expectAbort(user);
      expectAbort(target);
    }
  }

  /** Over TLS the last bytes can be with us when both ends have said all they had to say. */
  @ParameterizedTest
  @ValueSource(strings = {"", "&tls=1"})
  void aShutdownLosesNoByteOfAConnectionThatHasJustEnded(String tls) throws Exception {
    byte[] answer = new byte[6_000_000];
    try (ServerSocket target = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        NodePass server = NodePass.start("server://127.0.0.1:0/127.0.0.1:0?loops=1" + tls, SILENT);
        NodePass client =
            NodePass.start(TunnelPair.clientUrl(server, target).replace("200ms", "9s"), SILENT)) {
      client.awaitReady(SOON);
      try (Socket user = TunnelPair.connect(server);
          Socket service = target.accept()) {
        user.setSoTimeout(10_000);
        user.shutdownOutput();
        assertEquals(-1, service.getInputStream().read());
        CompletableFuture<Void> all =
            CompletableFuture.runAsync(
                () -> {
                  try {
                    service.getOutputStream().write(answer);
                    service.shutdownOutput();
                  } catch (IOException e) {
                    throw new UncheckedIOException(e);
                  }
                },
                THREADS);
        // As much as there is room for on the way, and then the rest.
        assertEquals(0, user.getInputStream().read());
        CompletableFuture<Void> closed = CompletableFuture.runAsync(client::close, THREADS);
        assertEquals(answer.length - 1, user.getInputStream().readAllBytes().length);
        all.get(10, TimeUnit.SECONDS);
        closed.get(10, TimeUnit.SECONDS);
      }
    }
  }

  @Test
  void closingTwiceIsClosingOnceAndLeavesNoThread() throws Exception {
    Set<String> before = threads();
    try (TunnelPair pair = new TunnelPair()) {
      assertTrue(threads().size() > before.size());
      pair.client.close();
      pair.client.close();
      pair.server.close();
      pair.server.close();
      assertEquals(new TunnelGroup.Shutdown(0, 0), pair.server.shutdown(SOON));
      until(() -> before.containsAll(threads()), "threads are left: " + threads());
    }
  }

  @Test
  void theThreadThatLooksAtCertificateFilesEndsWithItsServer(@TempDir Path directory)
      throws Exception {
    Set<String> before = threads();
    Openssl.Issued own = new Openssl(directory).root("localhost");
    String url = "server://127.0.0.1:0/127.0.0.1:0?tls=2&crt=" + own.crt() + "&key=" + own.key();
    try (NodePass server = NodePass.start(url, SILENT)) {
      server.awaitReady(SOON);
      until(
          () -> threads().stream().anyMatch(name -> name.startsWith("nodepass-certificates ")),
          "there is none: " + threads());
    }
    until(() -> before.containsAll(threads()), "threads are left: " + threads());
  }

  @Test
  void totalsCountTheBytesOfConnectionsThatStillRun() throws Exception {
    try (ServerSocket target = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        NodePass server =
            NodePass.start("server://127.0.0.1:0/127.0.0.1:0?report_interval=20ms", SILENT);
        NodePass client = NodePass.start(TunnelPair.clientUrl(server, target), SILENT)) {
      client.awaitReady(SOON);
      try (Socket user = TunnelPair.connect(server);
          Socket service = target.accept()) {
        user.getOutputStream().write(new byte[5]);
        service.getOutputStream().write(new byte[7]);
        assertEquals(5, service.getInputStream().readNBytes(5).length);
        assertEquals(7, user.getInputStream().readNBytes(7).length);
        until(() -> server.stats().bytesIn() == 5, "5 bytes in");
        until(() -> server.stats().bytesOut() == 7, "7 bytes out");
        user.getOutputStream().write(new byte[3]);
        until(() -> server.stats().bytesIn() == 8, "3 bytes more");
        assertEquals(1, server.stats().running());
      }
      until(() -> server.stats().running() == 0, "its end");
      assertEquals(8, server.stats().bytesIn());
    }
  }
}
