package io.nodepass.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nodepass.testkit.Await;
import io.nodepass.testkit.EchoServer;
import io.nodepass.testkit.Patterns;
import io.nodepass.testkit.SocketPair;
import io.nodepass.testkit.Stage;
import io.nodepass.testkit.Tunnel;
import java.io.IOException;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Much of everything, in little memory. */
@Tag("slow")
@Timeout(600)
class EnduranceIT {
  private static final Duration PATIENCE = Duration.ofSeconds(35);
  private static final long FIVE_GIGABYTES = 5_000_000_000L;

  @RegisterExtension final Stage stage = new Stage();

  @Test
  void tenThousandConnectionsInARowLeaveNothingBehind() throws IOException {
    EchoServer echo = stage.add(EchoServer.start());
    Tunnel tunnel =
        Tunnel.to(echo.address()).env("MAX_POOL_CAPACITY", 64).parameters("log=info").start(stage);
    tunnel.users(PATIENCE).inARow(100, 500);
    int serverBefore = tunnel.server().descriptors();
    int clientBefore = tunnel.client().descriptors();
    int threadsBefore = tunnel.server().threads();
    tunnel.users(PATIENCE).inARow(10_000, 500);
    assertEquals(10_100, echo.accepted());
    assertEquals(0, echo.broken());
    Await.until(
        () ->
            "descriptors return to about what they were; server %d → %d, client %d → %d"
                .formatted(
                    serverBefore,
                    tunnel.server().descriptors(),
                    clientBefore,
                    tunnel.client().descriptors()),
        PATIENCE,
        () ->
            tunnel.server().descriptors() < serverBefore + 80
                && tunnel.client().descriptors() < clientBefore + 80);
    assertTrue(tunnel.server().threads() < threadsBefore + 10, "threads are left over");
  }

  @Test
  void fiveGigabytesPassThroughThirtyTwoMegabytesUpwards() throws IOException {
    ServerSocket target = stage.add(SocketPair.target());
    Tunnel tunnel = Tunnel.to(target).jvm("-Xmx32m").start(stage);
    SocketPair pair = stage.add(SocketPair.open(tunnel.ingress(), target, PATIENCE));
    transfer(tunnel, pair.user(), pair.service());
  }

  @Test
  void fiveGigabytesPassThroughThirtyTwoMegabytesDownwards() throws IOException {
    ServerSocket target = stage.add(SocketPair.target());
    Tunnel tunnel = Tunnel.to(target).jvm("-Xmx32m").start(stage);
    SocketPair pair = stage.add(SocketPair.open(tunnel.ingress(), target, PATIENCE));
    transfer(tunnel, pair.service(), pair.user());
  }

  @Test
  void fiveHundredConnectionsAtOnceFitIntoSixteenMegabytes() throws IOException {
    EchoServer echo = stage.add(EchoServer.start());
    Tunnel tunnel = Tunnel.to(echo.address()).jvm("-Xmx16m").start(stage);
    tunnel.users(PATIENCE).together(500, 50_000);
    tunnel.users(PATIENCE).together(500, 50_000);
    assertEquals(1_000, echo.accepted());
    assertEquals(0, tunnel.server().linesWith("OutOfMemoryError"));
    assertEquals(0, tunnel.client().linesWith("OutOfMemoryError"));
  }

  private static void transfer(Tunnel tunnel, Socket from, Socket to) throws IOException {
    Thread sender =
        new Thread(
            () -> {
              byte[] block = new byte[256 * 1024];
              try {
                OutputStream out = from.getOutputStream();
                for (long at = 0; at < FIVE_GIGABYTES; at += block.length) {
                  int part = (int) Math.min(block.length, FIVE_GIGABYTES - at);
                  Patterns.fill(5, at, block, 0, part);
                  out.write(block, 0, part);
                }
                from.shutdownOutput();
              } catch (IOException e) {
                // The reader sees that something is missing.
              }
            },
            "sender");
    sender.setDaemon(true);
    sender.start();
    new Patterns.Checker(5).readAll(to.getInputStream(), FIVE_GIGABYTES);
    to.shutdownOutput();
    SocketPair.expectEnd(from);
    assertTrue(tunnel.server().isAlive() && tunnel.client().isAlive());
  }
}
