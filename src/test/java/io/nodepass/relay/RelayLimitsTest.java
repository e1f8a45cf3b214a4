package io.nodepass.relay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nodepass.testkit.FlowDriver;
import io.nodepass.testkit.LeakExtension;
import io.nodepass.testkit.ManualClock;
import io.nodepass.testkit.TestLoop;
import io.nodepass.transport.Flow;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What a relay does about peers that have gone where nothing would tell. */
@ExtendWith(LeakExtension.class)
class RelayLimitsTest {
  private static final RelayLimits LIMITS =
      new RelayLimits(
          Duration.ofSeconds(60).toNanos(),
          Duration.ofSeconds(600).toNanos(),
          Duration.ofSeconds(5).toNanos());

  private final ManualClock clock = new ManualClock();
  private final TestLoop loop = TestLoop.start(clock);
  private RelayFixture fixture;

  @BeforeEach
  void start() throws Exception {
    fixture =
        loop.call(
            () -> {
              UnaryOperator<Flow> plain = UnaryOperator.identity();
              RelayFixture made = new RelayFixture(loop, 100, LIMITS, plain, plain);
              made.relay().start(null);
              return made;
            });
  }

  @AfterEach
  void abort() throws Exception {
    loop.run(fixture::abort);
  }

  /** In steps, because the relay looks every five seconds. */
  private void pass(int seconds) throws Exception {
    for (int i = 0; i < seconds; i += 5) {
      loop.advance(clock, Duration.ofSeconds(5));
    }
  }

  @Test
  void aRelayThatIsOpenBothWaysMayBeIdleForEver() throws Exception {
    loop.advance(clock, Duration.ofDays(1_000));
    pass(1_000);
    assertFalse(fixture.ended());
  }

  @Test
  void aTargetThatTakesNothingForTooLongIsCutOff() throws Exception {
    FlowDriver user = loop.call(fixture::driveUser);
    loop.run(() -> user.send(10_000, 1, false));
    loop.until("it stalls", () -> loop.pool().out() == 1);
    pass(55);
    assertFalse(fixture.ended());
    pass(10);
    assertTrue(fixture.ended());
    assertSame(fixture.target(), fixture.failed());
    loop.until("the user learns it", () -> user.failure() != null);
  }

  @Test
  void aUserWhoTakesNothingForTooLongIsCutOff() throws Exception {
    FlowDriver target = loop.call(fixture::driveTarget);
    loop.run(() -> target.send(10_000, 1, false));
    loop.until("it stalls", () -> loop.pool().out() == 1);
    pass(65);
    assertTrue(fixture.ended());
    assertSame(fixture.user(), fixture.failed());
  }

  @Test
  void aSinkThatTakesALittleNowAndThenIsLeftAlone() throws Exception {
    FlowDriver user = loop.call(fixture::driveUser);
    loop.run(() -> user.send(10_000, 1, false));
    loop.until("it stalls", () -> loop.pool().out() == 1);
    for (int i = 0; i < 10; i++) {
      pass(50);
      assertFalse(fixture.ended(), "cut off in spite of progress");
      loop.run(() -> assertEquals(1, fixture.targetPeer().read(ByteBuffer.allocate(1))));
    }
  }

  @Test
  void aStallThatIsOverCountsForNothingLater() throws Exception {
    FlowDriver user = loop.call(fixture::driveUser);
    loop.run(() -> user.send(300, 1, false));
    loop.until("it stalls", () -> loop.pool().out() == 1);
    pass(50);
    FlowDriver target = loop.call(fixture::driveTarget);
    loop.until("all has passed", () -> target.received() == 300);
    loop.advance(clock, Duration.ofHours(5));
    loop.run(() -> fixture.targetPeer().interest(0));
    loop.run(() -> user.send(300, 1, false));
    loop.until("it stalls again", () -> loop.pool().out() == 1);
    pass(50);
    assertFalse(fixture.ended());
    pass(15);
    assertTrue(fixture.ended());
  }

  @Test
  void aHalfClosedRelayThatMovesNothingIsCutOffLater() throws Exception {
    FlowDriver target = loop.call(fixture::driveTarget);
    loop.run(() -> fixture.userPeer().shutdownOutput());
    loop.until("the end", target::ended);
    pass(590);
    assertFalse(fixture.ended());
    pass(15);
    assertTrue(fixture.ended());
    loop.until(
        "the target learns it", () -> target.failure() != null || !fixture.target().isOpen());
  }

  @Test
  void aHalfClosedRelayThatStillMovesIsLeftAlone() throws Exception {
    FlowDriver user = loop.call(fixture::driveUser);
    FlowDriver target = loop.call(fixture::driveTarget);
    loop.run(() -> user.send(1, 1, true));
    loop.until("the end", target::ended);
    for (int i = 1; i <= 4; i++) {
      int bytes = i;
      pass(500);
      loop.run(() -> fixture.targetPeer().write(ByteBuffer.allocate(1)));
      loop.until("it passes", () -> user.received() == bytes);
    }
    assertFalse(fixture.ended());
    loop.run(() -> fixture.targetPeer().shutdownOutput());
    loop.until("it ends", fixture::ended);
    assertNull(fixture.failed());
  }

  @Test
  void theResetOfASideThatHasEndedIsNoticedAtTheNextLook() throws Exception {
    FlowDriver target = loop.call(fixture::driveTarget);
    loop.run(() -> fixture.userPeer().shutdownOutput());
    loop.until("the end", target::ended);
    loop.run(() -> fixture.userPeer().abort(null));
    loop.turns();
    assertFalse(fixture.ended(), "nothing could have told");
    pass(5);
    assertTrue(fixture.ended());
    assertSame(fixture.user(), fixture.failed());
  }

  @Test
  void lookingChangesNothingAboutAHealthyRelay() throws Exception {
    FlowDriver target = loop.call(fixture::driveTarget);
    loop.run(() -> fixture.userPeer().shutdownOutput());
    loop.until("the end", target::ended);
    for (int i = 0; i < 20; i++) {
      pass(5);
      loop.run(() -> fixture.assertBackpressure(loop));
    }
    assertFalse(fixture.ended());
  }
}
