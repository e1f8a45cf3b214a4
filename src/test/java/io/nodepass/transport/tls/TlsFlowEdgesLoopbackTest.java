package io.nodepass.transport.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nodepass.testkit.FlowDriver;
import io.nodepass.testkit.ForwardingFlow;
import io.nodepass.testkit.TestLoop;
import io.nodepass.transport.ConnectedFlows;
import io.nodepass.transport.Flow;
import io.nodepass.transport.FlowOwner;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** What TLS adds to the contract of a flow. */
class TlsFlowEdgesLoopbackTest extends ConnectedFlows {
  private final List<Flow> beneath = new ArrayList<>();

  private final AtomicInteger strays = new AtomicInteger();

  @Override
  protected Ends connect(TestLoop loop) throws Exception {
    return TlsPair.connect(
        loop,
        tcp -> {
          beneath.add(tcp);
          return new Guarded(tcp);
        });
  }

  /** Counts what is asked for by another thread than that of its loop. */
  private final class Guarded extends ForwardingFlow {
    Guarded(Flow inner) {
      super(inner);
    }

    @Override
    public void interest(int ops) {
      if (!loop().inLoop()) {
        strays.incrementAndGet();
      }
      super.interest(ops);
    }

    @Override
    public long write(ByteBuffer[] buffers, int offset, int length) throws IOException {
      return inner().write(buffers, offset, length);
    }
  }

  @Test
  void anIdleFlowHoldsNoBuffer() throws Exception {
    assertEquals(0, loop.pool().out());
    FlowDriver one = loop.call(() -> new FlowDriver(left));
    FlowDriver other = loop.call(() -> new FlowDriver(right));
    loop.run(
        () -> {
          one.send(1_000_000, 1, false);
          other.send(1_000_000, 2, false);
        });
    loop.until("all", () -> one.received() == 1_000_000 && other.received() == 1_000_000);
    assertEquals(0, loop.pool().out(), () -> loop.pool().leaks().toString());
  }

  @Test
  void anEndBeneathWithoutOneOfOursIsAnAbort() throws Exception {
    FlowDriver driver = loop.call(() -> new FlowDriver(right));
    loop.run(
        () -> {
          left.write(ByteBuffer.allocate(5_000));
          beneath.get(0).shutdownOutput();
        });
    loop.until("the abort", () -> driver.failure() != null);
    assertFalse(driver.ended());
    assertEquals(5_000, driver.received());
    assertTrue(driver.failure().getMessage().contains("cut off"), driver.failure()::getMessage);
  }

  @Test
  void bytesThatWereChangedOnTheWayAreAnAbort() throws Exception {
    FlowDriver driver = loop.call(() -> new FlowDriver(right));
    loop.run(() -> beneath.get(0).write(ByteBuffer.wrap(new byte[] {23, 3, 3, 0, 20, 1, 2, 3})));
    loop.run(() -> beneath.get(0).write(ByteBuffer.allocate(40)));
    loop.until("the abort", () -> driver.failure() != null);
    assertFalse(driver.ended());
    assertEquals(0, driver.received());
  }

  @Test
  void ourEndDoesNotEndTheFlowBeneath() throws Exception {
    FlowDriver driver = loop.call(() -> new FlowDriver(right));
    loop.run(left::shutdownOutput);
    loop.until("the end", driver::ended);
    loop.turns();
    assertEquals(0, (int) loop.call(() -> beneath.get(1).read(ByteBuffer.allocate(1))));
    loop.run(right::shutdownOutput);
    awaitEnd(left);
    loop.run(left::close);
    loop.until("the end beneath", () -> beneath.get(1).read(ByteBuffer.allocate(1)) == -1);
    assertNull(driver.failure());
    loop.run(right::close);
  }

  @Test
  void closingDeliversWhatThePeerHasNotTakenYet() throws Exception {
    loop.run(right::shutdownOutput);
    awaitEnd(left);
    long[] accepted = new long[1];
    ByteBuffer zeros = ByteBuffer.allocateDirect(64 * 1024);
    loop.until(
        "the peer's buffers are full",
        () -> {
          int n = left.write(zeros.clear());
          accepted[0] += n;
          return n == 0;
        });
    loop.run(
        () -> {
          left.shutdownOutput();
          left.close();
        });
    assertFalse(loop.call(left::isOpen));
    assertEquals(0, loop.pool().out(), "what is left is kept elsewhere");
    FlowDriver driver = loop.call(() -> new FlowDriver(right));
    loop.until("the end", driver::ended);
    assertNull(driver.failure());
    assertEquals(accepted[0], driver.received());
  }

  @Test
  void aFlowThatNobodyReadsHoldsItsBytesAndTheLoopRestsOnceNobodyAsks() throws Exception {
    loop.run(() -> left.write(ascii("some bytes of one record")));
    ByteBuffer one = ByteBuffer.allocate(1);
    loop.until("the first", () -> right.read(one.clear()) == 1);
    loop.run(() -> right.interest(0));
    assertEquals(1, loop.pool().out());
    loop.turns();
    long cpu = loop.call(TlsFlowEdgesLoopbackTest::cpuNanos);
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(200);
    while (System.nanoTime() - end < 0) {
      LockSupport.parkNanos(end - System.nanoTime());
    }
    long used = loop.call(TlsFlowEdgesLoopbackTest::cpuNanos) - cpu;
    assertTrue(used < TimeUnit.MILLISECONDS.toNanos(60), () -> "the loop spun for " + used);
    FlowDriver driver = loop.call(() -> new FlowDriver(right));
    loop.until("the rest", () -> driver.text().equals("ome bytes of one record"));
    assertEquals(0, loop.pool().out());
  }

  private static long cpuNanos() {
    return java.lang.management.ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  @Test
  void aFlowGoesToAnotherLoopWithWhatItHolds() throws Exception {
    loop.run(() -> left.write(ascii("here and there")));
    ByteBuffer first = ByteBuffer.allocate(4);
    loop.until("the first bytes", () -> right.read(first.clear()) == 4);
    loop.run(right::leave);
    assertEquals(0, loop.pool().out());
    try (TestLoop second = TestLoop.start()) {
      second.run(() -> right.join(second.loop()));
      assertEquals(second.loop(), second.call(right::loop));
      FlowDriver driver = second.call(() -> new FlowDriver(right));
      second.until("the rest", () -> driver.text().equals(" and there"));
      FlowDriver answered = loop.call(() -> new FlowDriver(left));
      second.run(() -> driver.send(300_000, 7, true));
      loop.until("the answer", answered::ended);
      loop.run(() -> answered.send(200_000, 8, true));
      second.until("the end", driver::ended);
      assertNull(driver.failure());
      assertEquals(200_000 + " and there".length(), (long) second.call(driver::received));
      second.run(() -> right.abort(null));
    }
  }

  /** What its first loop did to it after that would come into the way of the second one. */
  @Test
  void aFlowThatLeavesWhileItsOwnerIsToldIsNotTouchedByItsFirstLoopAnyMore() throws Exception {
    loop.run(() -> left.write(ascii("here and there")));
    ByteBuffer first = ByteBuffer.allocate(4);
    loop.until("the first bytes", () -> right.read(first.clear()) == 4);
    try (TestLoop second = TestLoop.start()) {
      FlowDriver[] driver = new FlowDriver[1];
      FlowOwner passing =
          new FlowOwner() {
            @Override
            public void ready(Flow flow, int ops) {
              flow.leave();
              try {
                second.run(
                    () -> {
                      flow.join(second.loop());
                      driver[0] = new FlowDriver(flow);
                    });
              } catch (Exception e) {
                throw new IllegalStateException(e);
              }
            }

            @Override
            public void failed(Flow flow, Throwable cause) {
              strays.incrementAndGet();
            }
          };
      loop.run(
          () -> {
            right.attach(passing);
            right.interest(Flow.READ);
          });
      loop.until("it has left", () -> driver[0] != null);
      loop.turns();
      second.until("the rest", () -> driver[0].text().equals(" and there"));
      assertEquals(0, strays.get());
      second.run(() -> right.abort(null));
    }
  }

  @Test
  void whenThePoolIsEmptyItStillMoves() throws Exception {
    List<ByteBuffer> taken = new ArrayList<>();
    loop.run(
        () -> {
          while (taken.isEmpty() || taken.get(taken.size() - 1).isDirect()) {
            taken.add(loop.pool().acquire());
          }
        });
    FlowDriver one = loop.call(() -> new FlowDriver(left));
    FlowDriver other = loop.call(() -> new FlowDriver(right));
    loop.run(() -> one.send(2_000_000, 1, true));
    loop.until("the end", other::ended);
    assertArrived(one, other, 2_000_000);
    loop.run(() -> taken.forEach(loop.pool()::release));
  }
}
