package io.nodepass.transport.tcp;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nodepass.testkit.FlowDriver;
import io.nodepass.testkit.LoopbackPair;
import io.nodepass.testkit.TestLoop;
import io.nodepass.transport.Flow;
import io.nodepass.transport.FlowContract;
import java.io.IOException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

class TcpFlowLoopbackTest extends FlowContract {
  @Override
  protected Ends connect(TestLoop loop) throws Exception {
    LoopbackPair.OfFlows flows = LoopbackPair.flows(loop);
    return new Ends(flows.dialled(), flows.accepted());
  }

  @Test
  void aPlainSocketSeesOurHalfCloseAsItsEndAndCanStillSend() throws Exception {
    try (LoopbackPair.WithSocket pair = LoopbackPair.withSocket(loop)) {
      FlowDriver driver = loop.call(() -> new FlowDriver(pair.flow()));
      loop.run(() -> driver.send(3, 1, true));
      assertEquals(3, pair.socket().getInputStream().readAllBytes().length);
      pair.socket().getOutputStream().write("late".getBytes(US_ASCII));
      loop.until("the answer", () -> driver.text().equals("late"));
    }
  }

  @Test
  void aPlainSocketSeesOurAbortAsAResetWithoutAnyWaiting() throws Exception {
    try (LoopbackPair.WithSocket pair = LoopbackPair.withSocket(loop)) {
      loop.run(() -> pair.flow().abort(null));
      assertThrows(SocketException.class, () -> pair.socket().getInputStream().read());
    }
  }

  @Test
  void closingAfterBothEndsDeliversWhatWasAccepted() throws Exception {
    try (LoopbackPair.WithSocket pair = LoopbackPair.withSocket(loop)) {
      pair.socket().shutdownOutput();
      byte[] bytes = "accepted before the close".getBytes(US_ASCII);
      Flow flow = pair.flow();
      loop.until("the end", () -> flow.read(ByteBuffer.allocate(1)) == -1);
      loop.run(
          () -> {
            assertEquals(bytes.length, flow.write(ByteBuffer.wrap(bytes)));
            flow.shutdownOutput();
            flow.close();
          });
      assertArrayEquals(bytes, pair.socket().getInputStream().readAllBytes());
    }
  }

  @Test
  void theOwnerOfAHalfClosedFlowIsToldOfTheResetThatReadingLooksFor() throws Exception {
    try (LoopbackPair.WithSocket pair = LoopbackPair.withSocket(loop)) {
      FlowDriver driver = loop.call(() -> new FlowDriver(pair.flow()));
      pair.socket().shutdownOutput();
      loop.until("the end", driver::ended);
      pair.socket().setSoLinger(true, 0);
      pair.socket().close();
      loop.until(
          "the reset",
          () -> {
            if (driver.failure() == null) {
              pair.flow().read(ByteBuffer.allocate(1));
            }
            return driver.failure() != null;
          });
      assertTrue(driver.failure() instanceof IOException);
    }
  }

  @Test
  void lookingForAResetLeavesAHealthyHalfClosedFlowAsItWas() throws Exception {
    try (LoopbackPair.WithSocket pair = LoopbackPair.withSocket(loop)) {
      FlowDriver driver = loop.call(() -> new FlowDriver(pair.flow()));
      pair.socket().shutdownOutput();
      loop.until("the end", driver::ended);
      int told = loop.call(driver::told);
      for (int i = 0; i < 20; i++) {
        assertEquals(-1, (int) loop.call(() -> pair.flow().read(ByteBuffer.allocate(1))));
      }
      loop.turns();
      assertEquals(told, (int) loop.call(driver::told));
      assertEquals(0, (int) loop.call(pair.flow()::interest));
      loop.run(() -> driver.send(10, 1, true));
      assertEquals(10, pair.socket().getInputStream().readAllBytes().length);
    }
  }

  @Test
  void aHalfClosedFlowThatWasLookedAtLetsTheLoopRest() throws Exception {
    try (LoopbackPair.WithSocket pair = LoopbackPair.withSocket(loop)) {
      Flow flow = pair.flow();
      pair.socket().shutdownOutput();
      loop.until("the end", () -> flow.read(ByteBuffer.allocate(1)) == -1);
      loop.run(() -> flow.read(ByteBuffer.allocate(1)));
      loop.turns();
      long cpu = loop.call(TcpFlowLoopbackTest::cpuNanos);
      long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(200);
      while (System.nanoTime() - end < 0) {
        LockSupport.parkNanos(end - System.nanoTime());
      }
      long used = loop.call(TcpFlowLoopbackTest::cpuNanos) - cpu;
      assertTrue(used < TimeUnit.MILLISECONDS.toNanos(60), () -> "the loop spun for " + used);
    }
  }

  private static long cpuNanos() {
    return java.lang.management.ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }
}
