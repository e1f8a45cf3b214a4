package io.nodepass.transport;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nodepass.testkit.ChunkedFlow;
import io.nodepass.testkit.FlowDriver;
import io.nodepass.testkit.FlowWatcher;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/**
 * What every {@link Flow} keeps to, whatever it is made of. A transport has one subclass, which
 * connects two flows; it is done when that passes.
 */
public abstract class FlowContract extends ConnectedFlows {
  private static final long SEED = 0x5eedL;
  private static final int TURNS_WITHOUT_NEWS = 20;

  /** How much is carried both ways at once in the largest test. */
  protected long bulk() {
    return 100L << 20;
  }

  @Test
  void aNewFlowHasNoInterestAndNothingToRead() throws Exception {
    assertEquals(0, (int) loop.call(left::interest));
    assertEquals(0, (int) loop.call(() -> left.read(ByteBuffer.allocate(8))));
    assertTrue(loop.call(left::isOpen));
    assertNotNull(left.remote());
    assertEquals(loop.loop(), left.loop());
  }

  @Test
  void bytesArriveInOrderAndThenTheEnd() throws Exception {
    FlowDriver sender = loop.call(() -> new FlowDriver(left));
    FlowDriver receiver = loop.call(() -> new FlowDriver(right));
    loop.run(() -> sender.send(10_000, SEED, true));
    loop.until("the end", receiver::ended);
    assertArrived(sender, receiver, 10_000);
    assertFalse(sender.ended());
  }

  @Test
  void oneByteChunksArriveInOrder() throws Exception {
    FlowDriver sender = loop.call(() -> new FlowDriver(new ChunkedFlow(left, 1)));
    FlowDriver receiver = loop.call(() -> new FlowDriver(new ChunkedFlow(right, 1)));
    loop.run(() -> sender.send(3_000, SEED, true));
    loop.until("the end", receiver::ended);
    assertArrived(sender, receiver, 3_000);
  }

  @Test
  void aLotArrivesWholeInBothDirectionsAtOnce() throws Exception {
    FlowDriver one = loop.call(() -> new FlowDriver(left));
    FlowDriver other = loop.call(() -> new FlowDriver(right));
    loop.run(
        () -> {
          one.send(bulk(), SEED, true);
          other.send(bulk(), SEED + 1, true);
        });
    loop.until("both ends", () -> one.ended() && other.ended());
    assertArrived(one, other, bulk());
    assertArrived(other, one, bulk());
  }

  @Test
  void theEndIsMinusOneAndAgainMinusOne() throws Exception {
    write(left, "last");
    loop.run(left::shutdownOutput);
    assertEquals("last", readText(right, 4));
    awaitEnd(right);
    for (int i = 0; i < 5; i++) {
      assertEquals(-1, (int) loop.call(() -> right.read(ByteBuffer.allocate(8))));
    }
  }

  @Test
  void theLeftMayEndFirstWhileTheRightStillSends() throws Exception {
    halfClose(left, right);
  }

  @Test
  void theRightMayEndFirstWhileTheLeftStillSends() throws Exception {
    halfClose(right, left);
  }

  private void halfClose(Flow first, Flow second) throws Exception {
    FlowDriver early = loop.call(() -> new FlowDriver(first));
    FlowDriver late = loop.call(() -> new FlowDriver(second));
    loop.run(() -> early.send(100, SEED, true));
    loop.until("the first end", late::ended);
    loop.run(() -> late.send(5_000, SEED + 1, true));
    loop.until("the second end", early::ended);
    assertArrived(early, late, 100);
    assertArrived(late, early, 5_000);
  }

  @Test
  void nothingCanBeWrittenAfterOurEnd() throws Exception {
    loop.run(left::shutdownOutput);
    assertThrows(IOException.class, () -> write(left, "more"));
  }

  @Test
  void closingAfterBothEndsIsCleanForThePeer() throws Exception {
    write(left, "all of it");
    loop.run(left::shutdownOutput);
    loop.run(right::shutdownOutput);
    awaitEnd(left);
    loop.run(left::close);
    assertFalse(loop.call(left::isOpen));
    assertEquals("all of it", readText(right, 9));
    awaitEnd(right);
    loop.turns();
    assertEquals(-1, (int) loop.call(() -> right.read(ByteBuffer.allocate(8))));
    loop.run(right::close);
  }

  @Test
  void anAbortIsAnExceptionAndNeverAnEnd() throws Exception {
    FlowDriver watching = loop.call(() -> new FlowDriver(right));
    loop.run(() -> left.abort(new IOException("told to")));
    loop.until("the abort", () -> watching.failure() != null);
    assertTrue(watching.failure() instanceof IOException, () -> watching.failure().toString());
    assertFalse(watching.ended());
  }

  @Test
  void anAbortAfterDataIsNeverAnEnd() throws Exception {
    write(left, "some");
    loop.run(() -> left.abort(null));
    StringBuilder text = new StringBuilder();
    ByteBuffer buffer = ByteBuffer.allocate(2);
    loop.until(
        "the abort",
        () -> {
          try {
            int n = right.read(buffer.clear());
            assertNotEquals(-1, n, "an abort was read as an end");
            text.append(US_ASCII.decode(buffer.flip()));
            return false;
          } catch (IOException expected) {
            return true;
          }
        });
    assertTrue("some".startsWith(text.toString()), text::toString);
  }

  @Test
  void anAbortInTheMiddleOfALotIsNeverAnEnd() throws Exception {
    FlowDriver sender = loop.call(() -> new FlowDriver(left));
    FlowDriver receiver = loop.call(() -> new FlowDriver(right));
    loop.run(() -> sender.send(1L << 40, SEED, true));
    loop.until("some bytes", () -> receiver.received() > 2_000);
    loop.run(() -> left.abort(null));
    loop.until("the abort", () -> receiver.failure() != null);
    assertFalse(receiver.ended());
  }

  @Test
  void anAbortThatFollowsTheEndIsFoundByReadingAgain() throws Exception {
    loop.run(left::shutdownOutput);
    awaitEnd(right);
    loop.run(() -> left.abort(null));
    awaitFailure("reading fails", () -> right.read(ByteBuffer.allocate(8)));
  }

  @Test
  void writingToAnAbortedPeerFails() throws Exception {
    loop.run(() -> left.abort(null));
    awaitFailure("writing fails", () -> right.write(ByteBuffer.allocate(1)));
  }

  @Test
  void abortingAgainDoesNothing() throws Exception {
    loop.run(
        () -> {
          left.abort(new IOException("first"));
          left.abort(null);
          left.interest(Flow.READ);
          left.close();
        });
    assertFalse(loop.call(left::isOpen));
    assertThrows(IOException.class, () -> loop.call(() -> left.read(ByteBuffer.allocate(8))));
    assertThrows(IOException.class, () -> write(left, "x"));
    assertThrows(IOException.class, () -> loop.run(left::shutdownOutput));
  }

  @Test
  void aStalledPeerMakesWritesShortUntilItReads() throws Exception {
    FlowDriver sender = loop.call(() -> new FlowDriver(left));
    loop.run(() -> sender.send(256L << 20, SEED, false));
    awaitStall(sender);
    assertFalse(sender.sentAll());
    assertEquals(0, (int) loop.call(() -> left.write(ByteBuffer.allocate(0))));
    int told = loop.call(sender::told);

    FlowDriver receiver = loop.call(() -> new FlowDriver(right));
    loop.until("readiness to write", () -> sender.told() > told);
    loop.until("bytes", () -> receiver.received() > 0);
  }

  /** Waits until a sender that wants to write has not been told of any room for many turns. */
  private void awaitStall(FlowDriver sender) throws Exception {
    int[] seen = {-1, 0};
    loop.until(
        "the peer's buffers are full",
        () -> {
          seen[1] = seen[0] == sender.told() ? seen[1] + 1 : 0;
          seen[0] = sender.told();
          return seen[1] > TURNS_WITHOUT_NEWS;
        });
  }

  @Test
  void readinessIsToldAgainWhileBytesRemain() throws Exception {
    FlowWatcher watcher = new FlowWatcher();
    loop.run(
        () -> {
          right.attach(watcher);
          right.interest(Flow.READ);
        });
    write(left, "unread");
    loop.until("several calls", () -> watcher.reads() > 3);
    assertEquals(0, watcher.writes());
    assertEquals("unread", readText(right, 6));
    int reads = quietFrom(watcher);
    loop.turns();
    assertEquals(reads, watcher.reads());
    assertNull(watcher.failure());
  }

  /** The number of calls once no further ones come. */
  private int quietFrom(FlowWatcher watcher) throws Exception {
    loop.turns();
    return loop.call(() -> watcher.reads());
  }

  @Test
  void roomToWriteIsToldOnlyToThoseWhoWantIt() throws Exception {
    FlowWatcher watcher = new FlowWatcher();
    loop.run(() -> left.attach(watcher));
    loop.turns();
    assertEquals(0, watcher.writes());
    loop.run(() -> left.interest(Flow.WRITE, 0));
    assertEquals(Flow.WRITE, (int) loop.call(left::interest));
    loop.until("several calls", () -> watcher.writes() > 3);
    assertEquals(0, watcher.reads());
  }

  @Test
  void withoutInterestNothingIsTold() throws Exception {
    FlowWatcher watcher = new FlowWatcher();
    loop.run(
        () -> {
          right.attach(watcher);
          right.interest(Flow.READ | Flow.WRITE);
        });
    loop.until("it is told", () -> watcher.writes() > 0);
    loop.run(() -> right.interest(0));
    int writes = loop.call(() -> watcher.writes());
    write(left, "unheard");
    loop.run(left::shutdownOutput);
    loop.turns();
    assertEquals(writes, (int) loop.call(() -> watcher.writes()));
    assertEquals(0, watcher.reads());
    assertEquals("unheard", readText(right, 7));
  }

  @Test
  void aNewOwnerIsToldFromNowOn() throws Exception {
    FlowWatcher before = new FlowWatcher();
    FlowWatcher after = new FlowWatcher();
    loop.run(
        () -> {
          right.attach(before);
          right.interest(Flow.READ);
        });
    write(left, "for both");
    loop.until("the first owner is told", () -> before.reads() > 0);
    int reads =
        loop.call(
            () -> {
              right.attach(after);
              return before.reads();
            });
    loop.until("the second owner is told", () -> after.reads() > 2);
    assertEquals(reads, (int) loop.call(() -> before.reads()));
    assertEquals(Flow.READ, (int) loop.call(right::interest));
  }

  @Test
  void whatAnOwnerThrowsIsHandedToIt() throws Exception {
    FlowWatcher watcher = new FlowWatcher();
    watcher.fail(new IOException("mine"));
    loop.run(
        () -> {
          left.attach(watcher);
          left.interest(Flow.WRITE);
        });
    loop.until("it is handed over", () -> watcher.failure() != null);
    assertEquals("mine", watcher.failure().getMessage());
  }

  @Test
  void gatheringWritesTakeTheBuffersOfTheirRange() throws Exception {
    ByteBuffer[] buffers = {ascii("never"), ascii("one "), ascii(""), ascii("two"), ascii("never")};
    loop.until(
        "all is written",
        () -> {
          left.write(buffers, 1, 3);
          return !buffers[3].hasRemaining();
        });
    assertEquals(5, buffers[0].remaining());
    assertEquals(5, buffers[4].remaining());
    ByteBuffer[] more = {ascii(" three"), ascii(" four")};
    loop.until(
        "the rest is written",
        () -> {
          left.write(more);
          return !more[1].hasRemaining();
        });
    assertEquals("one two three four", readText(right, 18));
  }
}
