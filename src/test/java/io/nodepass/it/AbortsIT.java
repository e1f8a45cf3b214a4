package io.nodepass.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nodepass.testkit.Await;
import io.nodepass.testkit.NodePassProcess;
import io.nodepass.testkit.Patterns;
import io.nodepass.testkit.SocketPair;
import io.nodepass.testkit.Stage;
import io.nodepass.testkit.Tunnel;
import java.io.IOException;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** How a connection ends at one side is how it ends at the other, through both processes. */
@Timeout(60)
class AbortsIT {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  @RegisterExtension final Stage stage = new Stage();

  private ServerSocket target;
  private Tunnel tunnel;

  @BeforeEach
  void start() throws IOException {
    target = stage.add(SocketPair.target());
    tunnel = Tunnel.to(target).start(stage);
  }

  @Test
  void userEndsFirst() throws IOException {
    endInOrder(open(), true);
  }

  @Test
  void serviceEndsFirst() throws IOException {
    endInOrder(open(), false);
  }

  /** After the first end the other direction still carries more than any buffer holds. */
  private void endInOrder(SocketPair pair, boolean userFirst) throws IOException {
    Socket first = userFirst ? pair.user() : pair.service();
    Socket second = userFirst ? pair.service() : pair.user();
    int length = 20_000_000;
    first.getOutputStream().write(Patterns.bytes(1, 100_000));
    first.shutdownOutput();
    new Patterns.Checker(1).readAll(second.getInputStream(), 100_000);
    Writer writer = Writer.start(second, Patterns.bytes(2, length));
    new Patterns.Checker(2).readAll(first.getInputStream(), length);
    assertNull(writer.failure(), "writing failed");
    awaitEndLine(tunnel.server(), " ended: ");
    awaitEndLine(tunnel.client(), " ended: ");
  }

  @Test
  void resetByTheUserReachesTheService() throws IOException {
    SocketPair pair = open();
    SocketPair.reset(pair.user());
    SocketPair.expectReset(pair.service());
  }

  @Test
  void resetByTheServiceReachesTheUser() throws IOException {
    SocketPair pair = open();
    SocketPair.reset(pair.service());
    SocketPair.expectReset(pair.user());
  }

  @Test
  void resetByTheUserAmidstATransferReachesTheService() throws IOException {
    SocketPair pair = open();
    Writer writer = Writer.start(pair.user(), Patterns.bytes(1, 50_000_000));
    assertEquals(1_000_000, pair.service().getInputStream().readNBytes(1_000_000).length);
    SocketPair.reset(pair.user());
    SocketPair.expectReset(pair.service());
    assertNotNull(writer.failure(), "all was written before the reset");
  }

  @Test
  void resetByTheServiceAmidstATransferReachesTheUser() throws IOException {
    SocketPair pair = open();
    Writer writer = Writer.start(pair.service(), Patterns.bytes(1, 50_000_000));
    assertEquals(1_000_000, pair.user().getInputStream().readNBytes(1_000_000).length);
    SocketPair.reset(pair.service());
    SocketPair.expectReset(pair.user());
    assertNotNull(writer.failure(), "all was written before the reset");
  }

  @Test
  void resetAfterAHalfCloseReachesTheService() throws IOException {
    SocketPair pair = open();
    pair.user().shutdownOutput();
    SocketPair.expectEnd(pair.service());
    SocketPair.reset(pair.user());
    expectWritesToFail(pair.service());
  }

  @Test
  void resetByTheServiceAfterTheUsersHalfCloseReachesTheUser() throws IOException {
    SocketPair pair = open();
    pair.user().shutdownOutput();
    SocketPair.expectEnd(pair.service());
    SocketPair.reset(pair.service());
    SocketPair.expectReset(pair.user());
  }

  @Test
  void resetWhileTheOtherEndIsStalledEndsBoth() throws IOException {
    SocketPair pair = open();
    Writer writer = Writer.start(pair.user(), Patterns.bytes(1, 100_000_000));
    assertEquals(1, pair.service().getInputStream().readNBytes(1).length);
    SocketPair.reset(pair.service());
    // A write says "Broken pipe" when an end came before the reset; reading could not tell any
    // more, because the write has taken the error off the socket.
    IOException failure = writer.failure();
    assertNotNull(failure, "all was written though nobody read it");
    assertTrue(failure.getMessage().startsWith("Connection reset"), failure::toString);
    awaitEndLine(tunnel.server(), " ended by abort (");
    awaitEndLine(tunnel.client(), " ended by abort (");
  }

  /** The line about one connection; the line of totals says "ended" too. */
  private static void awaitEndLine(NodePassProcess process, String how) {
    process.awaitLine(
        0, "tcp …" + how, line -> line.contains(" tcp ") && line.contains(how), PATIENCE);
  }

  /** A connection with the first word already said, so that it is known to be carried. */
  private SocketPair open() throws IOException {
    SocketPair pair = stage.add(SocketPair.open(tunnel.ingress(), target, PATIENCE));
    SocketPair.say("hello", pair.user(), pair.service());
    return pair;
  }

  /** Writes and ends in a thread of its own, and keeps what went wrong. */
  private record Writer(Thread thread, AtomicReference<IOException> failed) {
    static Writer start(Socket socket, byte[] bytes) {
      AtomicReference<IOException> failed = new AtomicReference<>();
      Thread thread =
          new Thread(
              () -> {
                try {
                  socket.getOutputStream().write(bytes);
                  socket.shutdownOutput();
                } catch (IOException e) {
                  failed.set(e);
                }
              },
              "writer");
      thread.setDaemon(true);
      thread.start();
      return new Writer(thread, failed);
    }

    /** Waits for its end; null when all was written. */
    IOException failure() {
      Await.until("the writer ends", PATIENCE, () -> !thread.isAlive());
      return failed.get();
    }
  }

  private static void expectWritesToFail(Socket socket) throws IOException {
    OutputStream out = socket.getOutputStream();
    Await.until(
        "writing into a connection that was reset fails",
        PATIENCE,
        () -> {
          try {
            out.write(0);
            return false;
          } catch (IOException e) {
            return true;
          }
        });
  }
}
