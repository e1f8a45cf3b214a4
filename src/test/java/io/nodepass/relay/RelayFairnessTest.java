package io.nodepass.relay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nodepass.buffer.BufferPool;
import io.nodepass.reactor.Clock;
import io.nodepass.testkit.FlowDriver;
import io.nodepass.testkit.ForwardingFlow;
import io.nodepass.testkit.LeakExtension;
import io.nodepass.testkit.StalledFlow;
import io.nodepass.testkit.TestLoop;
import io.nodepass.testkit.TrackingPool;
import io.nodepass.transport.Flow;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Relays that share a loop and its buffers leave each other room. */
@ExtendWith(LeakExtension.class)
class RelayFairnessTest {
  private static final int RELAYS = 20;
  private static final int LARGE_BUFFERS = 4;
  private static final int SMALL_BUFFERS = 8;
  private static final int EACH = 200_000;

  /** Never runs dry and never fills up; remembers the most it gave between two notes. */
  private static final class Endless extends ForwardingFlow {
    private long sinceNoted;
    private long most;
    private boolean noting;

    Endless(Flow inner) {
      super(inner);
    }

    @Override
    public int read(ByteBuffer buffer) {
      int n = buffer.remaining();
      buffer.position(buffer.limit());
      sinceNoted += n;
      most = noting ? Math.max(most, sinceNoted) : most;
      return n;
    }

    @Override
    public int write(ByteBuffer buffer) {
      int n = buffer.remaining();
      buffer.position(buffer.limit());
      return n;
    }

    void note(boolean goOn) {
      noting = goOn;
      sinceNoted = 0;
    }
  }

  @Test
  void aFlowThatNeverRunsDryKeepsNobodyWaiting() throws Exception {
    TestLoop loop = TestLoop.start();
    Endless[] source = new Endless[1];
    RelayFixture busy =
        loop.call(
            () -> {
              RelayFixture made =
                  new RelayFixture(
                      loop,
                      100,
                      RelayLimits.DEFAULTS,
                      flow -> source[0] = new Endless(flow),
                      Endless::new);
              made.userPeer().write(ByteBuffer.allocate(1)); // never read: it stays ready
              made.relay().start(null);
              return made;
            });
    RelayFixture other = RelayFixture.started(loop, 1_000);
    FlowDriver user = loop.call(other::driveUser);
    FlowDriver target = loop.call(other::driveTarget);
    loop.run(() -> user.send(100_000, 1, true));
    loop.run(() -> noteEachTurn(loop, source[0], target));
    loop.until("the other relay's bytes", target::ended);
    assertEquals(100_000, target.received());
    loop.run(
        () -> {
          assertTrue(busy.relay().bytesIn() > 0);
          busy.abort();
          other.abort();
        });
    assertTrue(source[0].most > 0);
    assertTrue(source[0].most <= Pump.BUDGET, () -> source[0].most + " in one turn");
  }

  /** A task that hands itself in again runs once per turn. */
  private static void noteEachTurn(TestLoop loop, Endless source, FlowDriver until) {
    source.note(!until.ended());
    if (source.noting) {
      loop.loop().execute(() -> noteEachTurn(loop, source, until));
    }
  }

  @Test
  void stalledSinksKeepAtMostSixteenKilobytesEachAndOthersStillMove() throws Exception {
    TrackingPool pool = new TrackingPool(LARGE_BUFFERS, SMALL_BUFFERS);
    TestLoop loop = TestLoop.start(Clock.SYSTEM, pool);
    List<StalledFlow> stalled = new ArrayList<>();
    List<RelayFixture> relays = new ArrayList<>();
    List<FlowDriver> users = new ArrayList<>();
    List<FlowDriver> targets = new ArrayList<>();
    for (int i = 0; i < RELAYS; i++) {
      long seed = i;
      RelayFixture relay = loop.call(() -> stalling(loop, stalled));
      relays.add(relay);
      FlowDriver user = loop.call(relay::driveUser);
      users.add(user);
      targets.add(loop.call(relay::driveTarget));
      // Filled before the relay looks, so that it finds enough for the largest buffer.
      loop.run(
          () -> {
            user.send(EACH, seed, true);
            user.ready(relay.userPeer(), Flow.WRITE);
            user.ready(relay.userPeer(), Flow.WRITE);
            relay.relay().start(null);
          });
      int expected = i + 1;
      loop.until("it stalls", () -> pool.out() == expected);
    }
    loop.run(
        () -> {
          assertEquals(LARGE_BUFFERS, pool.out(BufferPool.LARGE));
          assertEquals(SMALL_BUFFERS, pool.out(BufferPool.SMALL));
          assertEquals(RELAYS - LARGE_BUFFERS - SMALL_BUFFERS, pool.out(BufferPool.OVERFLOW));
        });

    carryBesideThem(loop);

    loop.run(() -> stalled.forEach(StalledFlow::release));
    loop.until("everything is delivered", () -> targets.stream().allMatch(FlowDriver::ended));
    for (int i = 0; i < RELAYS; i++) {
      assertEquals(EACH, targets.get(i).received());
      assertEquals(users.get(i).sentSum(), targets.get(i).receivedSum());
    }
    assertTrue(pool.allocations() <= LARGE_BUFFERS + SMALL_BUFFERS);
    loop.run(() -> relays.forEach(RelayFixture::abort));
  }

  private static RelayFixture stalling(TestLoop loop, List<StalledFlow> stalled) {
    return new RelayFixture(
        loop,
        128 * 1024,
        RelayLimits.DEFAULTS,
        UnaryOperator.identity(),
        flow -> {
          StalledFlow target = new StalledFlow(flow);
          stalled.add(target);
          return target;
        });
  }

  private static void carryBesideThem(TestLoop loop) throws Exception {
    RelayFixture live = RelayFixture.started(loop, 10_000);
    FlowDriver user = loop.call(live::driveUser);
    FlowDriver target = loop.call(live::driveTarget);
    loop.run(() -> user.send(1 << 20, 99, true));
    loop.until("a live relay carries a mebibyte", target::ended);
    assertEquals(1 << 20, target.received());
    assertEquals(user.sentSum(), target.receivedSum());
    loop.run(live::abort);
  }
}
