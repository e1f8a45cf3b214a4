package io.nodepass.relay;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nodepass.buffer.BufferPool;
import io.nodepass.testkit.FaultyFlow;
import io.nodepass.testkit.FlowDriver;
import io.nodepass.testkit.LeakExtension;
import io.nodepass.testkit.ManualClock;
import io.nodepass.testkit.TestLoop;
import io.nodepass.transport.Flow;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LeakExtension.class)
class RelayTest {
  private final ManualClock clock = new ManualClock();
  private final TestLoop loop = TestLoop.start(clock);

  @Test
  void bytesPassBothWaysAndAreCounted() throws Exception {
    RelayFixture fixture = RelayFixture.started(loop, 1_000);
    FlowDriver user = loop.call(fixture::driveUser);
    FlowDriver target = loop.call(fixture::driveTarget);
    loop.run(
        () -> {
          user.send(30_000, 1, false);
          target.send(50_000, 2, false);
        });
    loop.until("all bytes", () -> user.received() == 50_000 && target.received() == 30_000);
    clock.advance(Duration.ofSeconds(7));
    loop.run(
        () -> {
          assertEquals(user.sentSum(), target.receivedSum());
          assertEquals(target.sentSum(), user.receivedSum());
          assertEquals(30_000, fixture.relay().bytesIn());
          assertEquals(50_000, fixture.relay().bytesOut());
          assertEquals(Duration.ofSeconds(7).toNanos(), fixture.relay().duration());
          assertEquals(1, loop.loop().load());
          assertSame(fixture.user(), fixture.relay().user());
          assertSame(fixture.target(), fixture.relay().target());
          fixture.assertBackpressure(loop);
          fixture.abort();
          assertEquals(0, loop.loop().load());
        });
  }

  @Test
  void anIdleRelayHoldsNoBuffer() throws Exception {
    RelayFixture fixture = RelayFixture.started(loop, 1_000);
    loop.turns();
    assertEquals(0, loop.pool().out());
    FlowDriver target = loop.call(fixture::driveTarget);
    loop.run(() -> fixture.userPeer().write(ByteBuffer.allocate(10)));
    loop.until("it has passed", () -> target.received() == 10);
    assertEquals(0, loop.pool().out());
    loop.run(fixture::abort);
  }

  @Test
  void theUsersEndReachesTheTargetWhichCanStillAnswer() throws Exception {
    RelayFixture fixture = RelayFixture.started(loop, 100);
    FlowDriver user = loop.call(fixture::driveUser);
    FlowDriver target = loop.call(fixture::driveTarget);
    loop.run(() -> user.send(1_000, 1, true));
    loop.until("the end", target::ended);
    assertFalse(loop.call(fixture::ended));
    loop.run(() -> fixture.assertBackpressure(loop));
    loop.run(() -> target.send(2_000, 2, true));
    assertEndsCleanly(fixture, user, 2_000, target, 1_000);
  }

  @Test
  void theTargetsEndReachesTheUserWhoCanStillSend() throws Exception {
    RelayFixture fixture = RelayFixture.started(loop, 100);
    FlowDriver user = loop.call(fixture::driveUser);
    FlowDriver target = loop.call(fixture::driveTarget);
    loop.run(() -> target.send(2_000, 2, true));
    loop.until("the end", user::ended);
    assertFalse(loop.call(fixture::ended));
    loop.run(() -> user.send(1_000, 1, true));
    assertEndsCleanly(fixture, user, 2_000, target, 1_000);
  }

  private void assertEndsCleanly(
      RelayFixture fixture, FlowDriver user, long toUser, FlowDriver target, long toTarget)
      throws Exception {
    loop.until("both ends", () -> user.ended() && target.ended() && fixture.ended());
    loop.turns();
    loop.run(
        () -> {
          assertNull(fixture.failed());
          assertNull(fixture.cause());
          assertNull(user.failure());
          assertNull(target.failure());
          assertEquals(toUser, user.received());
          assertEquals(toTarget, target.received());
          assertFalse(fixture.user().isOpen());
          assertFalse(fixture.target().isOpen());
          assertEquals(-1, fixture.userPeer().read(ByteBuffer.allocate(1)));
          assertEquals(-1, fixture.targetPeer().read(ByteBuffer.allocate(1)));
        });
  }

  @Test
  void theUsersAbortIsAnAbortForTheTarget() throws Exception {
    RelayFixture fixture = RelayFixture.started(loop, 100);
    FlowDriver target = loop.call(fixture::driveTarget);
    loop.run(() -> fixture.userPeer().abort(null));
    loop.until("the abort", () -> target.failure() != null);
    assertFalse(target.ended());
    assertBlamed(fixture, fixture.user());
  }

  @Test
  void theTargetsAbortIsAnAbortForTheUser() throws Exception {
    RelayFixture fixture = RelayFixture.started(loop, 100);
    FlowDriver user = loop.call(fixture::driveUser);
    loop.run(() -> fixture.targetPeer().abort(null));
    loop.until("the abort", () -> user.failure() != null);
    assertFalse(user.ended());
    assertBlamed(fixture, fixture.target());
  }

  @Test
  void anAbortAfterTheOthersEndIsStillAnAbort() throws Exception {
    RelayFixture fixture = RelayFixture.started(loop, 100);
    FlowDriver user = loop.call(fixture::driveUser);
    FlowDriver target = loop.call(fixture::driveTarget);
    loop.run(() -> user.send(10, 1, true));
    loop.until("the end", target::ended);
    loop.run(() -> fixture.targetPeer().abort(null));
    loop.until("the abort", () -> user.failure() != null);
    assertFalse(user.ended());
    assertBlamed(fixture, fixture.target());
  }

  @Test
  void anAbortWhileTheOtherSideStallsGivesTheBufferBack() throws Exception {
    RelayFixture fixture = RelayFixture.started(loop, 100);
    FlowDriver user = loop.call(fixture::driveUser);
    loop.run(() -> user.send(10_000, 1, false));
    loop.until("it stalls", () -> loop.pool().out() == 1);
    loop.run(() -> fixture.targetPeer().abort(null));
    loop.until("the abort", () -> user.failure() != null);
    assertBlamed(fixture, fixture.target());
    assertEquals(0, loop.pool().out());
  }

  @Test
  void abortingARelayAbortsBothSidesOnce() throws Exception {
    RelayFixture fixture = RelayFixture.started(loop, 100);
    FlowDriver user = loop.call(fixture::driveUser);
    FlowDriver target = loop.call(fixture::driveTarget);
    IOException cause = new IOException("the tunnel ends");
    loop.run(
        () -> {
          fixture.relay().abort(cause);
          fixture.relay().abort(cause);
          assertTrue(fixture.ended());
        });
    loop.until("both aborts", () -> user.failure() != null && target.failure() != null);
    assertFalse(user.ended() || target.ended());
    assertSame(cause, fixture.cause());
  }

  @Test
  void earlyBytesArriveBeforeAllOthers() throws Exception {
    RelayFixture fixture = loop.call(() -> unstarted(100));
    FlowDriver target = loop.call(fixture::driveTarget);
    loop.run(
        () -> {
          fixture.userPeer().write(ByteBuffer.wrap(" late".getBytes(US_ASCII)));
          fixture.relay().start(RelayFixture.early(loop, "early".getBytes(US_ASCII)));
          assertEquals(0, loop.pool().out());
          fixture.assertBackpressure(loop);
        });
    loop.until("all", () -> target.received() == 10);
    assertEquals("early late", target.text());
    assertEquals(10, fixture.relay().bytesIn());
    loop.run(fixture::abort);
  }

  @Test
  void earlyBytesThatDoNotFitStallTheSource() throws Exception {
    RelayFixture fixture = loop.call(() -> unstarted(100));
    loop.run(
        () -> {
          fixture.relay().start(RelayFixture.early(loop, new byte[1_000]));
          assertEquals(0, fixture.user().interest() & Flow.READ);
          fixture.assertBackpressure(loop);
          assertEquals(0, loop.pool().out(BufferPool.LARGE), "a rest is kept in a small buffer");
        });
    FlowDriver target = loop.call(fixture::driveTarget);
    loop.until("all", () -> target.received() == 1_000);
    loop.turns();
    loop.run(
        () -> {
          fixture.assertBackpressure(loop);
          assertEquals(Flow.READ, fixture.user().interest());
          fixture.abort();
        });
  }

  @Test
  void earlyBytesForATargetThatHasGoneAreGivenBack() throws Exception {
    RelayFixture fixture = loop.call(() -> unstarted(100));
    loop.run(
        () -> {
          fixture.targetPeer().abort(null);
          fixture.relay().start(RelayFixture.early(loop, new byte[10]));
          assertTrue(fixture.ended());
        });
    assertBlamed(fixture, fixture.target());
  }

  @Test
  void aRestThatHasBecomeSmallMovesToASmallBuffer() throws Exception {
    RelayFixture fixture = RelayFixture.started(loop, 60_000);
    loop.run(() -> assertEquals(60_000, fixture.userPeer().write(ByteBuffer.allocate(60_000))));
    loop.turns();
    loop.run(() -> assertEquals(60_000, fixture.userPeer().write(ByteBuffer.allocate(60_000))));
    loop.until("it stalls", () -> loop.pool().out(BufferPool.LARGE) == 1);
    loop.run(() -> fixture.targetPeer().read(ByteBuffer.allocate(50_000)));
    loop.until("the rest is small", () -> loop.pool().out(BufferPool.SMALL) == 1);
    assertEquals(0, loop.pool().out(BufferPool.LARGE));
    loop.run(fixture::abort);
  }

  @Test
  void theOneWhoseReadFailsIsBlamed() throws Exception {
    RelayFixture fixture = faulty(flow -> new FaultyFlow(flow, 0), UnaryOperator.identity());
    loop.run(() -> fixture.userPeer().write(ByteBuffer.allocate(10)));
    loop.until("it ends", fixture::ended);
    assertBlamed(fixture, fixture.user());
  }

  @Test
  void theOneWhoseWriteFailsIsBlamed() throws Exception {
    RelayFixture fixture = faulty(UnaryOperator.identity(), flow -> new FaultyFlow(flow, 0));
    loop.run(() -> fixture.userPeer().write(ByteBuffer.allocate(10)));
    loop.until("it ends", fixture::ended);
    assertBlamed(fixture, fixture.target());
  }

  @Test
  void theOneWhoseWriteFailsAfterAStallIsBlamed() throws Exception {
    RelayFixture fixture = faulty(UnaryOperator.identity(), flow -> new FaultyFlow(flow, 2));
    FlowDriver user = loop.call(fixture::driveUser);
    FlowDriver target = loop.call(fixture::driveTarget);
    loop.run(() -> user.send(10_000, 1, false));
    loop.until("it ends", fixture::ended);
    assertBlamed(fixture, fixture.target());
    loop.until("the abort", () -> user.failure() != null && target.failure() != null);
  }

  @Test
  void theOneThatCannotBeHalfClosedIsBlamed() throws Exception {
    RelayFixture fixture = faulty(flow -> new FaultyFlow(flow, 0), UnaryOperator.identity());
    loop.run(() -> fixture.targetPeer().shutdownOutput());
    loop.until("it ends", fixture::ended);
    assertBlamed(fixture, fixture.user());
  }

  private RelayFixture unstarted(int capacity) {
    UnaryOperator<Flow> plain = UnaryOperator.identity();
    return new RelayFixture(loop, capacity, RelayLimits.DEFAULTS, plain, plain);
  }

  private RelayFixture faulty(UnaryOperator<Flow> user, UnaryOperator<Flow> target)
      throws Exception {
    return loop.call(
        () -> {
          RelayFixture fixture = new RelayFixture(loop, 100, RelayLimits.DEFAULTS, user, target);
          fixture.relay().start(null);
          return fixture;
        });
  }

  /** Ended, by the fault of that flow, with both flows closed and nothing left. */
  private void assertBlamed(RelayFixture fixture, Flow flow) throws Exception {
    loop.run(
        () -> {
          assertTrue(fixture.ended());
          assertSame(flow, fixture.failed());
          assertTrue(fixture.cause() instanceof IOException);
          assertFalse(fixture.user().isOpen());
          assertFalse(fixture.target().isOpen());
          assertEquals(0, loop.loop().load());
          fixture.userPeer().abort(null);
          fixture.targetPeer().abort(null);
        });
  }
}
