package io.nodepass.relay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.nodepass.testkit.LeakExtension;
import io.nodepass.testkit.LoopbackPair;
import io.nodepass.testkit.TestLoop;
import io.nodepass.transport.Flow;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What the kernel makes of a relay's ends and aborts, seen by plain sockets at both sides. */
@ExtendWith(LeakExtension.class)
class RelayLoopbackTest {
  private final TestLoop loop = TestLoop.start();
  private LoopbackPair.WithSocket user;
  private LoopbackPair.WithSocket target;
  private Relay relay;
  private int ends;
  private Flow failed;

  @BeforeEach
  void start() throws Exception {
    user = LoopbackPair.withSocket(loop);
    target = LoopbackPair.withSocket(loop);
    long quick = Duration.ofMillis(20).toNanos();
    RelayLimits limits = new RelayLimits(Long.MAX_VALUE, Long.MAX_VALUE, quick);
    loop.run(
        () -> {
          relay =
              new Relay(
                  user.flow(),
                  target.flow(),
                  limits,
                  (ended, flow, cause) -> {
                    ends++;
                    failed = flow;
                  });
          relay.start(null);
        });
  }

  @AfterEach
  void close() throws IOException {
    user.close();
    target.close();
  }

  @Test
  void bytesAndEndsPassBothWays() throws Exception {
    byte[] request = new byte[100_000];
    user.socket().getOutputStream().write(request);
    user.socket().shutdownOutput();
    assertEquals(request.length, target.socket().getInputStream().readAllBytes().length);
    target.socket().getOutputStream().write(new byte[50_000]);
    target.socket().shutdownOutput();
    assertEquals(50_000, user.socket().getInputStream().readAllBytes().length);
    loop.until("it ends", () -> ends == 1);
    assertNull(failed);
    assertEquals(-1, user.socket().getInputStream().read());
    assertEquals(-1, target.socket().getInputStream().read());
  }

  @Test
  void aResetArrivesAsAReset() throws Exception {
    user.socket().setSoLinger(true, 0);
    user.socket().close();
    assertThrows(SocketException.class, () -> target.socket().getInputStream().read());
    loop.until("it ends", () -> ends == 1);
    assertSame(user.flow(), failed);
  }

  @Test
  void aResetThatFollowsAnEndArrivesWithoutAnyTraffic() throws Exception {
    user.socket().shutdownOutput();
    assertEquals(-1, target.socket().getInputStream().read());
    user.socket().setSoLinger(true, 0);
    user.socket().close();
    loop.until("it ends", () -> ends == 1);
    assertSame(user.flow(), failed);
  }

  @Test
  void abortingWithoutACauseIsStillAResetForBoth() throws Exception {
    loop.run(() -> relay.abort(null));
    assertThrows(SocketException.class, () -> user.socket().getInputStream().read());
    assertThrows(SocketException.class, () -> target.socket().getInputStream().read());
  }

  /** An end would tell the peers that they have got everything. */
  @Test
  void aLoopThatEndsUnderARelayIsAResetForBoth() throws Exception {
    TestLoop ending = TestLoop.start();
    LoopbackPair.WithSocket one = LoopbackPair.withSocket(ending);
    LoopbackPair.WithSocket other = LoopbackPair.withSocket(ending);
    try (Socket here = one.socket();
        Socket there = other.socket()) {
      ending.run(
          () ->
              new Relay(one.flow(), other.flow(), RelayLimits.DEFAULTS, (ended, flow, cause) -> {})
                  .start(null));
      here.getOutputStream().write('x');
      assertEquals('x', there.getInputStream().read());
      ending.loop().close();
      assertThrows(SocketException.class, () -> here.getInputStream().read());
      assertThrows(SocketException.class, () -> there.getInputStream().read());
    }
  }
}
