package io.nodepass.transport.framed;

import static io.nodepass.transport.framed.Frame.END;
import static io.nodepass.transport.framed.Frame.OPEN;
import static io.nodepass.transport.framed.RawPeer.frame;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nodepass.testkit.FlowPair;
import io.nodepass.testkit.FlowWatcher;
import io.nodepass.testkit.LeakExtension;
import io.nodepass.testkit.ManualClock;
import io.nodepass.testkit.StalledFlow;
import io.nodepass.testkit.TestLoop;
import io.nodepass.testkit.TrackingPool;
import io.nodepass.transport.Flow;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A peer that takes nothing: what waits for it is little, and gets there in the end. */
@ExtendWith(LeakExtension.class)
class FramedStallTest {
  private final ManualClock clock = new ManualClock();
  private final TestLoop loop = TestLoop.start(clock, new TrackingPool(0, 1));
  private final FramedPair.Keeper keeper = new FramedPair.Keeper();
  private FramedConnection connection;
  private StalledFlow beneath;
  private RawPeer peer;
  private Flow flow;

  @BeforeEach
  void open() throws Exception {
    FlowPair pair = new FlowPair(loop.loop(), 100);
    peer = new RawPeer(loop, pair.left());
    beneath = new StalledFlow(pair.right());
    beneath.release();
    connection = loop.call(() -> FramedConnection.acceptor(beneath, keeper));
    loop.run(connection::watch);
    peer.send(frame(OPEN, 1, "//1#1"));
    loop.until("the flow", () -> keeper.flows.size() == 1);
    flow = keeper.flows.get(0);
  }

  @AfterEach
  void abort() throws Exception {
    loop.run(() -> connection.abort(null));
    loop.run(() -> peer.flow.abort(null));
  }

  private void endBothSides() throws Exception {
    peer.send(frame(END, 1, ""));
    loop.until("the end", () -> flow.read(ByteBuffer.allocate(8)) == -1);
    loop.run(flow::shutdownOutput);
    loop.run(flow::close);
    loop.turns();
  }

  @Test
  void theLastWordsOfAFlowWaitUntilThePeerTakesThem() throws Exception {
    assertEquals(200, (int) loop.call(() -> flow.write(ByteBuffer.allocate(200))));
    assertEquals(0, (int) loop.call(() -> flow.write(ByteBuffer.allocate(200))));
    endBothSides();
    assertEquals(0, keeper.returns);
    assertFalse(loop.call(connection::isIdle));
    assertEquals(1, (int) loop.call(loop.loop()::deliveries));
    assertEquals(1, loop.pool().out());
    loop.advance(clock, Duration.ofNanos(FramedConnection.PATIENCE).minusSeconds(1));
    peer.expect("DATA 1 " + "\0".repeat(200), "END 1", "DONE 1");
    loop.until("returned", () -> keeper.returns == 1);
    assertEquals(0, (int) loop.call(loop.loop()::deliveries));
    assertEquals(0, loop.pool().out());
    loop.advance(clock, Duration.ofHours(1));
    assertTrue(loop.call(connection::isIdle));
  }

  @Test
  void aPeerThatTakesNothingForTooLongIsAborted() throws Exception {
    loop.run(() -> flow.write(ByteBuffer.allocate(200)));
    endBothSides();
    loop.advance(clock, Duration.ofNanos(FramedConnection.PATIENCE).plusSeconds(1));
    loop.until("it died", () -> keeper.deaths.size() == 1);
    assertEquals(0, loop.pool().out());
    assertEquals(0, (int) loop.call(loop.loop()::deliveries));
    assertThrows(IOException.class, () -> loop.call(() -> peer.flow.read(ByteBuffer.allocate(8))));
  }

  @Test
  void nothingIsAcceptedWhileNothingIsTaken() throws Exception {
    loop.run(beneath::stall);
    ByteBuffer bytes = ByteBuffer.allocate(50_000);
    assertEquals(0, (int) loop.call(() -> flow.write(bytes)));
    assertEquals(0, loop.pool().out());
    FlowWatcher watcher = new FlowWatcher();
    loop.run(() -> flow.attach(watcher));
    loop.run(() -> flow.interest(Flow.WRITE));
    loop.turns();
    assertEquals(0, watcher.writes());
    loop.run(beneath::release);
    loop.until("room is told", () -> watcher.writes() > 0);
    assertEquals(Frame.MOST_DATA, (int) loop.call(() -> flow.write(bytes)), "what was begun");
    assertEquals(50_000 - Frame.MOST_DATA, bytes.remaining());
  }

  @Test
  void whenThePoolIsEmptyTheRestIsKeptElsewhere() throws Exception {
    ByteBuffer taken = loop.call(loop.pool()::acquireSmall);
    assertEquals(
        Frame.MOST_DATA, (int) loop.call(() -> flow.write(ByteBuffer.allocate(Frame.MOST_DATA))));
    endBothSides();
    peer.expect("DATA 1 " + "\0".repeat(Frame.MOST_DATA), "END 1", "DONE 1");
    loop.until("returned", () -> keeper.returns == 1);
    loop.run(() -> loop.pool().release(taken));
  }
}
