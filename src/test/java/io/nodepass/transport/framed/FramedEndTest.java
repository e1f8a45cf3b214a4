package io.nodepass.transport.framed;

import static io.nodepass.transport.framed.Frame.OPEN;
import static io.nodepass.transport.framed.RawPeer.frame;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nodepass.testkit.FlowPair;
import io.nodepass.testkit.LeakExtension;
import io.nodepass.testkit.ManualClock;
import io.nodepass.testkit.TestLoop;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A connection that is ended when no flow is on it any more. */
@ExtendWith(LeakExtension.class)
class FramedEndTest {
  private final ManualClock clock = new ManualClock();
  private final TestLoop loop = TestLoop.start(clock);
  private final FramedPair.Keeper keeper = new FramedPair.Keeper();
  private FlowPair pair;
  private FramedConnection connection;
  private RawPeer peer;

  @BeforeEach
  void open() throws Exception {
    pair = new FlowPair(loop.loop(), 100_000);
    peer = new RawPeer(loop, pair.left());
    connection = loop.call(() -> FramedConnection.acceptor(pair.right(), keeper));
    loop.run(connection::watch);
  }

  @AfterEach
  void abort() throws Exception {
    loop.run(() -> connection.abort(null));
    loop.run(() -> peer.flow.abort(null));
  }

  private void untilThePeerSeesTheEnd() throws Exception {
    ByteBuffer scratch = ByteBuffer.allocate(10);
    loop.until("the end", () -> pair.left().read(scratch.clear()) == -1);
  }

  @Test
  void thePeerSeesAnEndAndItsOwnIsWaitedFor() throws Exception {
    loop.run(connection::end);
    untilThePeerSeesTheEnd();
    assertTrue(loop.call(pair.right()::isOpen));
    assertEquals(1, loop.loop().deliveries());
    loop.run(pair.left()::shutdownOutput);
    loop.until("it is closed", () -> !pair.right().isOpen());
    assertEquals(0, loop.loop().deliveries());
    assertEquals(0, keeper.deaths.size());
  }

  @Test
  void aPeerThatDoesNotEndIsNotWaitedForForEver() throws Exception {
    loop.run(connection::end);
    loop.advance(clock, Duration.ofNanos(FramedConnection.PATIENCE));
    loop.until("it is closed", () -> !pair.right().isOpen());
    assertEquals(0, loop.loop().deliveries());
    assertEquals(0, keeper.deaths.size());
  }

  @Test
  void aFlowThatIsOpenedAtTheSameTimeIsAborted() throws Exception {
    loop.run(connection::end);
    peer.send(frame(OPEN, 1, "//a#1"));
    loop.until("it is closed", () -> !pair.right().isOpen());
    assertEquals(0, keeper.flows.size());
    assertFalse(loop.call(connection::isIdle));
    ByteBuffer scratch = ByteBuffer.allocate(10);
    loop.until("the peer sees an abort", () -> isAborted(scratch));
  }

  private boolean isAborted(ByteBuffer scratch) {
    try {
      pair.left().write(scratch.clear());
      return false;
    } catch (IOException e) {
      return true;
    }
  }
}
