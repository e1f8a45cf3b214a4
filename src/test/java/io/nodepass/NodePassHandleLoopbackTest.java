package io.nodepass;

import static io.nodepass.TunnelPair.SILENT;
import static io.nodepass.TunnelPair.SOON;
import static io.nodepass.TunnelPair.THREADS;
import static io.nodepass.TunnelPair.expect;
import static io.nodepass.TunnelPair.send;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nodepass.config.ConfigException;
import io.nodepass.telemetry.Level;
import io.nodepass.telemetry.Log;
import io.nodepass.testkit.LeakExtension;
import io.nodepass.testkit.Ports;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What the methods of a handle do before, while and after it is ready, from whichever thread. */
@ExtendWith(LeakExtension.class)
class NodePassHandleLoopbackTest {
  private static final String SERVER = "server://127.0.0.1:0/127.0.0.1:0";

  /** A client of a server that is not there. */
  private static NodePass lonelyClient(Log log) throws ConfigException, IOException {
    return NodePass.start("client://127.0.0.1:" + Ports.free() + "/127.0.0.1:1", log);
  }

  private static ServerSocket patientTarget() throws IOException {
    ServerSocket target = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    target.setSoTimeout((int) SOON.toMillis());
    return target;
  }

  @Test
  void aServerIsReadyFromItsStartOn() throws Exception {
    try (NodePass server = NodePass.start(SERVER, SILENT)) {
      server.awaitReady(Duration.ZERO);
      server.awaitReady();
      assertTrue(server.ready().toCompletableFuture().isDone());
    }
  }

  @Test
  void waitingInVainNamesTheTunnel() throws Exception {
    try (NodePass client = lonelyClient(SILENT)) {
      TimeoutException e =
          assertThrows(TimeoutException.class, () -> client.awaitReady(Duration.ofMillis(20)));
      assertTrue(e.getMessage().startsWith(client + " is not ready after PT0.02S"), e.getMessage());
    }
  }

  @Test
  void waitingEndsWhenTheTunnelIsClosed() throws Exception {
    NodePass client = lonelyClient(SILENT);
    CountDownLatch waiting = new CountDownLatch(1);
    CompletableFuture<Void> waiter =
        CompletableFuture.runAsync(
            () -> {
              waiting.countDown();
              assertThrows(IllegalStateException.class, client::awaitReady);
            },
            THREADS);
    waiting.await();
    client.close();
    waiter.get(SOON.toSeconds(), TimeUnit.SECONDS);
  }

  @Test
  void aClosedTunnelIsNotWaitedForWhetherItWasReadyOrNot() throws Exception {
    NodePass client = lonelyClient(SILENT);
    NodePass server = NodePass.start(SERVER, SILENT);
    client.close();
    server.close();
    for (NodePass end : List.of(client, server)) {
      IllegalStateException e = assertThrows(IllegalStateException.class, end::awaitReady);
      assertTrue(e.getMessage().endsWith(" is closed"), e.getMessage());
      assertTrue(end.toString().endsWith(" (closed)"), end::toString);
    }
  }

  @Test
  void theStageTellsOfReadinessAndOfACloseBeforeIt() throws Exception {
    try (TunnelPair pair = new TunnelPair()) {
      pair.client.ready().toCompletableFuture().get(1, TimeUnit.SECONDS);
    }
    NodePass client = lonelyClient(SILENT);
    CompletableFuture<Void> stage = client.ready().toCompletableFuture();
    assertFalse(stage.isDone());
    client.close();
    ExecutionException e = assertThrows(ExecutionException.class, stage::get);
    assertEquals(IllegalStateException.class, e.getCause().getClass());
  }

  @Test
  void nobodyElseCanDeclareATunnelReady() throws Exception {
    try (NodePass client = lonelyClient(SILENT)) {
      assertTrue(client.ready().toCompletableFuture().complete(null));
      assertThrows(TimeoutException.class, () -> client.awaitReady(Duration.ofMillis(20)));
    }
  }

  @Test
  void manyThreadsMayCloseAtOnceAndAllWaitForTheEnd() throws Exception {
    try (TunnelPair pair = new TunnelPair();
        Socket user = pair.user();
        Socket target = pair.accept()) {
      send(user, "running");
      expect(target, "running");
      CountDownLatch together = new CountDownLatch(1);
      List<CompletableFuture<Void>> closers = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        closers.add(CompletableFuture.runAsync(() -> closeWhen(together, pair), THREADS));
      }
      together.countDown();
      for (CompletableFuture<Void> closer : closers) {
        closer.get(SOON.toSeconds(), TimeUnit.SECONDS);
      }
    }
  }

  /** The grace of 200 ms is spent on a connection that goes on; no thread may be back before. */
  private static void closeWhen(CountDownLatch together, TunnelPair pair) {
    try {
      together.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    pair.server.close();
    assertEquals(1, pair.server.stats().aborted(), "came back before the end");
  }

  @Test
  @SuppressWarnings("try") // closing early is what is tested
  void anInterruptEndsTheGraceAndStays() throws Exception {
    try (ServerSocket target = patientTarget();
        NodePass server = NodePass.start(SERVER + "?shutdown_timeout=1h", SILENT);
        NodePass client = NodePass.start(TunnelPair.clientUrl(server, target), SILENT)) {
      client.awaitReady();
      try (Socket user = TunnelPair.connect(server);
          Socket service = TunnelPair.patient(target.accept())) {
        send(user, "running");
        expect(service, "running");
        Thread.currentThread().interrupt();
        server.close();
        assertTrue(Thread.interrupted());
        assertEquals(1, server.stats().aborted());
      }
    }
  }

  @Test
  void aTunnelsOwnThreadIsRefusedAndNothingHappens() throws Exception {
    CompletableFuture<IllegalStateException> closing = new CompletableFuture<>();
    CompletableFuture<IllegalStateException> waiting = new CompletableFuture<>();
    CompletableFuture<NodePass> handle = new CompletableFuture<>();
    Log calling =
        new Log() {
          @Override
          public boolean on(Level level) {
            return true;
          }

          @Override
          public void write(Level level, String message) {
            NodePass client = handle.join();
            closing.complete(assertThrows(IllegalStateException.class, client::close));
            waiting.complete(assertThrows(IllegalStateException.class, client::awaitReady));
          }
        };
    // Its first line says that the server cannot be reached, on a loop.
    try (NodePass client = lonelyClient(calling)) {
      handle.complete(client);
      for (CompletableFuture<IllegalStateException> refusal : List.of(closing, waiting)) {
        String message = refusal.get(SOON.toSeconds(), TimeUnit.SECONDS).getMessage();
        assertTrue(message.contains("own thread"), message);
      }
      assertFalse(client.toString().contains("closed"), client::toString);
    }
  }

  @Test
  void aLogThatThrowsStopsNoTunnel() throws Exception {
    Log broken =
        new Log() {
          @Override
          public boolean on(Level level) {
            return true;
          }

          @Override
          public void write(Level level, String message) {
            throw new AssertionError("no line is wanted");
          }
        };
    try (ServerSocket target = patientTarget();
        NodePass server = NodePass.start(SERVER, broken);
        NodePass client = NodePass.start(TunnelPair.clientUrl(server, target), broken)) {
      client.awaitReady();
      for (int i = 0; i < 3; i++) {
        try (Socket user = TunnelPair.connect(server);
            Socket service = TunnelPair.patient(target.accept())) {
          send(user, "still here");
          expect(service, "still here");
        }
      }
    }
  }

  @Test
  void addressesAndTotalsAreThereAfterTheClose() throws Exception {
    try (TunnelPair pair = new TunnelPair()) {
      try (Socket user = pair.user();
          Socket target = pair.accept()) {
        send(user, "12345");
        expect(target, "12345");
      }
      pair.server.close();
      pair.client.close();
      for (NodePass end : List.of(pair.server, pair.client)) {
        TunnelStats stats = end.stats();
        assertEquals(1, stats.ended() + stats.aborted());
        assertEquals(0, stats.running());
        assertEquals(0, stats.admitted());
        assertEquals(5, stats.bytesIn());
      }
      assertTrue(pair.server.address().getPort() > 0);
      assertTrue(pair.client.address().isUnresolved());
      assertEquals(pair.target.getLocalPort(), pair.client.address().getPort());
      assertEquals(pair.server.tunnelAddress().getPort(), pair.client.tunnelAddress().getPort());
    }
  }

  @Test
  void whatIsWrongWithAUrlIsNamed() {
    ConfigException e =
        assertThrows(ConfigException.class, () -> NodePass.start("server://:1/:2?lop=1").close());
    assertTrue(e.getMessage().contains("lop"), e.getMessage());
    assertThrows(NullPointerException.class, () -> NodePass.start(null).close());
    assertThrows(NullPointerException.class, () -> NodePass.start(SERVER, null).close());
  }
}
