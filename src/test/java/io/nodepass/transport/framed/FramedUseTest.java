package io.nodepass.transport.framed;

import static io.nodepass.transport.framed.Frame.ABORT;
import static io.nodepass.transport.framed.Frame.DATA;
import static io.nodepass.transport.framed.Frame.DONE;
import static io.nodepass.transport.framed.Frame.END;
import static io.nodepass.transport.framed.Frame.OPEN;
import static io.nodepass.transport.framed.RawPeer.frame;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nodepass.testkit.FlowDriver;
import io.nodepass.testkit.FlowPair;
import io.nodepass.testkit.FlowWatcher;
import io.nodepass.testkit.LeakExtension;
import io.nodepass.testkit.ManualClock;
import io.nodepass.testkit.TestLoop;
import io.nodepass.transport.Flow;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** One end of a framed connection, and a peer whose every byte is written here. */
@ExtendWith(LeakExtension.class)
class FramedUseTest {
  private final ManualClock clock = new ManualClock();
  private final TestLoop loop = TestLoop.start(clock);
  private final FramedPair.Keeper keeper = new FramedPair.Keeper();
  private FramedConnection connection;
  private RawPeer peer;

  private void opener(int capacity) throws Exception {
    FlowPair pair = new FlowPair(loop.loop(), capacity);
    peer = new RawPeer(loop, pair.right());
    connection = loop.call(() -> FramedConnection.opener(pair.left(), keeper));
    loop.run(connection::watch);
  }

  private void acceptor(int capacity) throws Exception {
    FlowPair pair = new FlowPair(loop.loop(), capacity);
    peer = new RawPeer(loop, pair.left());
    connection = loop.call(() -> FramedConnection.acceptor(pair.right(), keeper));
    loop.run(connection::watch);
  }

  /** The flow that the peer has just opened. */
  private Flow opened(int index) throws Exception {
    loop.until("a flow is opened", () -> keeper.flows.size() > index);
    return loop.call(() -> keeper.flows.get(index));
  }

  @AfterEach
  void abort() throws Exception {
    loop.run(() -> connection.abort(null));
    loop.run(() -> peer.flow.abort(null));
  }

  private static ByteBuffer ascii(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
  }

  @Test
  void anOpenerSendsTheSignalAndThenTheBytes() throws Exception {
    opener(100_000);
    assertTrue(loop.call(connection::isIdle));
    Flow flow = loop.call(() -> connection.open("//00000001#1"));
    assertFalse(loop.call(connection::isIdle));
    assertEquals(1, (int) loop.call(connection::uses));
    loop.run(() -> flow.write(ascii("hello")));
    loop.run(flow::shutdownOutput);
    peer.expect("OPEN 1 //00000001#1", "DATA 1 hello", "END 1");
    assertThrows(IllegalStateException.class, () -> loop.call(() -> connection.open("//x#1")));
  }

  @Test
  void openBytesAndEndMayComeInOneRead() throws Exception {
    acceptor(100_000);
    peer.send(frame(OPEN, 1, "//a#1"), frame(DATA, 1, "one"), frame(END, 1, ""));
    FlowDriver driver = driver(opened(0));
    loop.until("the end", driver::ended);
    assertEquals("one", driver.text());
    assertEquals("//a#1", keeper.signals.get(0));
    assertNull(driver.failure());
  }

  private FlowDriver driver(Flow flow) throws Exception {
    return loop.call(() -> new FlowDriver(flow));
  }

  @Test
  void bytesOfTwoFramesAndTheEndInOneReadAreGivenTogetherAndThenTheEnd() throws Exception {
    acceptor(100_000);
    peer.send(frame(OPEN, 1, "//a#1"));
    Flow flow = opened(0);
    peer.send(frame(DATA, 1, "one "), frame(DATA, 1, "two"), frame(END, 1, ""));
    ByteBuffer buffer = ByteBuffer.allocate(100).position(3);
    assertEquals(7, (int) loop.call(() -> flow.read(buffer)));
    assertEquals("one two", StandardCharsets.US_ASCII.decode(buffer.flip().position(3)).toString());
    FlowWatcher watcher = new FlowWatcher();
    loop.run(() -> flow.attach(watcher));
    loop.run(() -> flow.interest(Flow.READ));
    loop.until("the end is told, again and again", () -> watcher.reads() > 3);
    assertEquals(-1, (int) loop.call(() -> flow.read(buffer.clear())));
    loop.run(() -> flow.interest(0));
  }

  @Test
  void anAcceptorSaysDoneAndTakesTheNextFlow() throws Exception {
    acceptor(100_000);
    for (int n = 1; n <= 3; n++) {
      peer.send(frame(OPEN, n, "//" + n + "#1"), frame(DATA, n, "n" + n), frame(END, n, ""));
      FlowDriver driver = driver(opened(n - 1));
      loop.until("the end", driver::ended);
      assertEquals("n" + n, driver.text());
      Flow flow = keeper.flows.get(n - 1);
      loop.run(() -> flow.write(ascii("back")));
      loop.run(flow::shutdownOutput);
      peer.expect("DATA " + n + " back", "END " + n);
      loop.run(flow::close);
      peer.expect("DONE " + n);
      int returns = n;
      loop.until("returned", () -> keeper.returns == returns);
      assertFalse(loop.call(flow::isOpen));
      loop.run(() -> flow.abort(new IOException("too late to matter")));
      assertTrue(loop.call(connection::isIdle));
      assertEquals(n, (int) loop.call(connection::uses));
    }
    assertEquals(0, loop.pool().out());
    assertEquals(0, (int) loop.call(loop.loop()::deliveries));
  }

  @Test
  void anOpenerIsBackWhenDoneHasCome() throws Exception {
    opener(100_000);
    Flow flow = loop.call(() -> connection.open("//1#1"));
    FlowDriver driver = driver(flow);
    loop.run(flow::shutdownOutput);
    peer.send(frame(DATA, 1, "x"), frame(END, 1, ""));
    loop.until("the end", driver::ended);
    loop.run(flow::close);
    loop.turns();
    assertEquals(0, keeper.returns);
    assertFalse(loop.call(connection::isIdle));
    assertEquals(1, (int) loop.call(loop.loop()::deliveries), "a shutdown can wait for it");
    peer.send(frame(DONE, 1, ""));
    loop.until("returned", () -> keeper.returns == 1);
    assertEquals(0, (int) loop.call(loop.loop()::deliveries));
    peer.expect("OPEN 1 //1#1", "END 1");
    loop.call(() -> connection.open("//2#1"));
    peer.expect("OPEN 2 //2#1");
  }

  @Test
  void endAndDoneMayComeInOneRead() throws Exception {
    opener(100_000);
    Flow flow = loop.call(() -> connection.open("//1#1"));
    FlowDriver driver = driver(flow);
    loop.run(flow::shutdownOutput);
    peer.send(frame(DATA, 1, "x"), frame(END, 1, ""), frame(DONE, 1, ""));
    loop.until("the end", driver::ended);
    assertEquals(-1, (int) loop.call(() -> flow.read(ByteBuffer.allocate(8))));
    loop.run(flow::close);
    loop.until("returned", () -> keeper.returns == 1);
    assertEquals(0, (int) loop.call(loop.loop()::deliveries));
    assertNull(driver.failure());
  }

  @Test
  void aPeerThatNeverSaysDoneIsAbortedAfterAWhile() throws Exception {
    opener(100_000);
    Flow flow = loop.call(() -> connection.open("//1#1"));
    loop.run(flow::shutdownOutput);
    peer.send(frame(END, 1, ""));
    loop.until("the end", () -> flow.read(ByteBuffer.allocate(8)) == -1);
    loop.run(flow::close);
    loop.advance(clock, Duration.ofNanos(FramedConnection.PATIENCE).minusSeconds(1));
    assertEquals(0, keeper.deaths.size());
    loop.advance(clock, Duration.ofSeconds(2));
    loop.until("it died", () -> keeper.deaths.size() == 1);
    assertEquals(0, keeper.returns);
    assertEquals(0, (int) loop.call(loop.loop()::deliveries));
    assertThrows(IOException.class, () -> loop.call(() -> peer.flow.read(ByteBuffer.allocate(8))));
  }

  @Test
  void aConnectionThatBreaksWhileDoneIsAwaitedHasDied() throws Exception {
    opener(100_000);
    Flow flow = loop.call(() -> connection.open("//1#1"));
    loop.run(flow::shutdownOutput);
    peer.send(frame(END, 1, ""));
    loop.until("the end", () -> flow.read(ByteBuffer.allocate(8)) == -1);
    loop.run(flow::close);
    peer.send(frame(ABORT, 1, "aborted no reason"));
    loop.until("it died", () -> keeper.deaths.size() == 1);
    assertEquals("no reason", keeper.deaths.get(0).getMessage());
    assertEquals(0, (int) loop.call(loop.loop()::deliveries));
  }

  @Test
  void whatFollowsTheBytesOfAReadIsThrownByTheNext() throws Exception {
    acceptor(100_000);
    peer.send(frame(OPEN, 1, "//a#1"));
    Flow flow = opened(0);
    peer.send(frame(DATA, 1, "one"), frame(END, 1, ""), frame(ABORT, 1, "gone the user left"));
    ByteBuffer buffer = ByteBuffer.allocate(100);
    assertEquals(3, (int) loop.call(() -> flow.read(buffer)));
    for (int i = 0; i < 2; i++) {
      AbortedByPeerException e =
          assertThrows(AbortedByPeerException.class, () -> loop.call(() -> flow.read(buffer)));
      assertEquals("gone", e.code());
      assertEquals("the user left", e.getMessage());
    }
    FlowWatcher watcher = new FlowWatcher();
    loop.run(() -> flow.attach(watcher));
    loop.until("it is told", () -> watcher.failure() != null);
    assertInstanceOf(AbortedByPeerException.class, watcher.failure());
  }

  @Test
  void anEndOfTheConnectionInAFlowIsAnAbort() throws Exception {
    acceptor(100_000);
    peer.send(frame(OPEN, 1, "//a#1"), frame(DATA, 1, "one"));
    FlowDriver driver = driver(opened(0));
    loop.until("the bytes", () -> driver.received() == 3);
    loop.run(peer.flow::shutdownOutput);
    loop.until("the abort", () -> driver.failure() != null);
    assertFalse(driver.ended());
    assertEquals("the connection ended in the middle of flow 1", driver.failure().getMessage());
    assertEquals(0, keeper.deaths.size());
  }

  @Test
  void anEndOfTheConnectionAfterTheEndOfTheFlowIsAnAbort() throws Exception {
    acceptor(100_000);
    peer.send(frame(OPEN, 1, "//a#1"), frame(END, 1, ""));
    Flow flow = opened(0);
    loop.until("the end", () -> flow.read(ByteBuffer.allocate(8)) == -1);
    loop.run(peer.flow::shutdownOutput);
    assertThrows(IOException.class, () -> loop.call(() -> flow.read(ByteBuffer.allocate(8))));
  }

  @Test
  void anIdleConnectionThatEndsHasDied() throws Exception {
    for (boolean opener : new boolean[] {true, false}) {
      keeper.deaths.clear();
      if (opener) {
        opener(1_000);
      } else {
        acceptor(1_000);
      }
      loop.run(peer.flow::shutdownOutput);
      loop.until("it died", () -> keeper.deaths.size() == 1);
      assertFalse(loop.call(connection::isIdle));
      assertEquals(
          -1, (int) loop.call(() -> peer.flow.read(ByteBuffer.allocate(8))), "a clean end");
      assertThrows(IOException.class, () -> loop.call(() -> connection.open("//x#1")));
    }
  }

  @Test
  void anIdleConnectionThatIsResetHasDied() throws Exception {
    acceptor(1_000);
    loop.run(() -> peer.flow.abort(null));
    loop.until("it died", () -> keeper.deaths.size() == 1);
  }

  @Test
  void aConnectionThatEndedUnseenIsNotPutToUse() throws Exception {
    opener(1_000);
    loop.run(
        () -> {
          peer.flow.shutdownOutput();
          assertThrows(IOException.class, () -> connection.open("//x#1"));
        });
    loop.turns();
    assertEquals(0, keeper.deaths.size());
    assertFalse(loop.call(connection::isIdle));
  }

  @Test
  void closingAnIdleConnectionTellsNobodyHere() throws Exception {
    acceptor(1_000);
    loop.run(connection::close);
    loop.run(connection::close);
    loop.turns();
    assertEquals(0, keeper.deaths.size());
    assertThrows(IOException.class, () -> loop.call(() -> peer.flow.read(ByteBuffer.allocate(8))));
  }

  @Test
  void abortingAConnectionTellsTheOwnerOfTheFlow() throws Exception {
    opener(1_000);
    Flow flow = loop.call(() -> connection.open("//x#1"));
    FlowDriver driver = driver(flow);
    loop.run(() -> connection.abort(new IOException("told to")));
    assertEquals("told to", driver.failure().getMessage());
    assertFalse(loop.call(flow::isOpen));
    assertEquals(0, keeper.deaths.size());
  }

  @Test
  void whoeverTakesAFlowThatFailedBeforeIsTold() throws Exception {
    opener(10);
    Flow flow = loop.call(() -> connection.open("//x#1"));
    loop.run(() -> peer.flow.abort(null));
    loop.until("it is gone", () -> !flow.isOpen());
    FlowDriver driver = driver(flow);
    loop.until("it is told", () -> driver.failure() != null);
  }

  @Test
  void aSignalHasItsLimits() throws Exception {
    opener(2_000);
    for (String signal : new String[] {"", "x".repeat(1025)}) {
      assertThrows(IllegalArgumentException.class, () -> loop.call(() -> connection.open(signal)));
    }
    loop.call(() -> connection.open("y".repeat(1024)));
    peer.expect("OPEN 1 " + "y".repeat(1024));
  }

  @Test
  void aSignalThatComesByteByByteIsGathered() throws Exception {
    acceptor(1_000);
    for (byte b : frame(OPEN, 1, "//abc#1")) {
      assertEquals(0, keeper.flows.size());
      peer.send(new byte[] {b});
      loop.turns();
      assertEquals(0, loop.pool().out());
    }
    opened(0);
    assertEquals("//abc#1", keeper.signals.get(0));
  }
}
