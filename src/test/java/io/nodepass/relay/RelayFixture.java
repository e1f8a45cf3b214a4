package io.nodepass.relay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nodepass.testkit.FlowDriver;
import io.nodepass.testkit.FlowPair;
import io.nodepass.testkit.ForwardingFlow;
import io.nodepass.testkit.TestLoop;
import io.nodepass.transport.Flow;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.UnaryOperator;

/**
 * A relay between two flows in memory, each with a peer that a test plays:
 *
 * <pre>
 *   userPeer ⇄ user ═ relay ═ target ⇄ targetPeer
 * </pre>
 */
final class RelayFixture {
  private final Flow userPeer;
  private final Noting user;
  private final Noting target;
  private final Flow targetPeer;
  private final Relay relay;
  private int ends;
  private Flow failed;
  private Throwable cause;

  /** The relay is made, on the loop's thread, but not started. */
  RelayFixture(
      TestLoop loop,
      int capacity,
      RelayLimits limits,
      UnaryOperator<Flow> userWrap,
      UnaryOperator<Flow> targetWrap) {
    FlowPair users = new FlowPair(loop.loop(), "user peer", "user", capacity);
    FlowPair targets = new FlowPair(loop.loop(), "target", "target peer", capacity);
    this.userPeer = users.left();
    this.user = new Noting(userWrap.apply(users.right()));
    this.target = new Noting(targetWrap.apply(targets.left()));
    this.targetPeer = targets.right();
    this.relay =
        new Relay(
            user,
            target,
            limits,
            (ended, failedFlow, why) -> {
              ends++;
              failed = failedFlow;
              cause = why;
            });
  }

  /** Made on the loop and started without early bytes. */
  static RelayFixture started(TestLoop loop, int capacity) throws Exception {
    return loop.call(
        () -> {
          RelayFixture fixture =
              new RelayFixture(
                  loop,
                  capacity,
                  RelayLimits.DEFAULTS,
                  UnaryOperator.identity(),
                  UnaryOperator.identity());
          fixture.relay.start(null);
          return fixture;
        });
  }

  Relay relay() {
    return relay;
  }

  Flow user() {
    return user;
  }

  Flow target() {
    return target;
  }

  Flow userPeer() {
    return userPeer;
  }

  Flow targetPeer() {
    return targetPeer;
  }

  FlowDriver driveUser() {
    return new FlowDriver(userPeer);
  }

  FlowDriver driveTarget() {
    return new FlowDriver(targetPeer);
  }

  boolean ended() {
    assertTrue(ends <= 1, "the end was told twice");
    return ends == 1;
  }

  /** Whom the relay blamed; null after a clean end. */
  Flow failed() {
    return failed;
  }

  Throwable cause() {
    return cause;
  }

  /** Aborts whatever is still open. */
  void abort() {
    userPeer.abort(null);
    targetPeer.abort(null);
    relay.abort(null);
  }

  /**
   * What holds whenever nobody is in the middle of something: in each direction that has not ended
   * exactly one of source READ and sink WRITE is armed, and a buffer is held where it is the WRITE.
   */
  void assertBackpressure(TestLoop loop) {
    if (ended()) {
      assertEquals(0, loop.pool().out(), () -> loop.pool().leaks().toString());
      return;
    }
    int held = assertArmed("inwards", user, target) + assertArmed("outwards", target, user);
    assertEquals(held, loop.pool().out(), () -> loop.pool().leaks().toString());
  }

  /** Returns how many buffers that direction holds. */
  private static int assertArmed(String direction, Noting source, Noting sink) {
    boolean reads = (source.interest() & Flow.READ) != 0;
    boolean writes = (sink.interest() & Flow.WRITE) != 0;
    assertEquals(
        source.endRead, sink.shut, direction + ": an end is passed on at once, and only so");
    if (source.endRead) {
      assertTrue(!reads && !writes, () -> direction + ": it has ended and something is armed");
    } else {
      assertTrue(reads != writes, () -> direction + ": READ " + reads + ", WRITE " + writes);
    }
    return writes ? 1 : 0;
  }

  /** Early bytes in a buffer of the loop's pool, ready to be read from. */
  static ByteBuffer early(TestLoop loop, byte[] bytes) {
    return loop.pool().acquire().put(bytes).flip();
  }

  /** Remembers what the relay has learnt from it and told it. */
  private static final class Noting extends ForwardingFlow {
    private boolean endRead;
    private boolean shut;

    Noting(Flow inner) {
      super(inner);
    }

    @Override
    public int read(ByteBuffer buffer) throws IOException {
      int n = inner().read(buffer);
      endRead |= n < 0;
      return n;
    }

    @Override
    public void shutdownOutput() throws IOException {
      inner().shutdownOutput();
      shut = true;
    }
  }
}
