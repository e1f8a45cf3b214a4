package io.nodepass.transport.framed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nodepass.testkit.FlowDriver;
import io.nodepass.testkit.LeakExtension;
import io.nodepass.testkit.LoopbackPair;
import io.nodepass.testkit.TestLoop;
import io.nodepass.transport.ConnectedFlows;
import io.nodepass.transport.Flow;
import io.nodepass.transport.tls.TlsPair;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A connection goes where its flow goes, and comes home when it is idle. */
@ExtendWith(LeakExtension.class)
class FramedHandOverLoopbackTest {
  private final TestLoop home = TestLoop.start();
  private final TestLoop away = TestLoop.start();

  private static ByteBuffer ascii(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
  }

  private FramedPair overTls() throws Exception {
    return new FramedPair(home, TlsPair.connect(home, UnaryOperator.identity()));
  }

  private FramedPair overTcp() throws Exception {
    LoopbackPair.OfFlows tcp = LoopbackPair.flows(home);
    return new FramedPair(home, new ConnectedFlows.Ends(tcp.dialled(), tcp.accepted()));
  }

  @Test
  void aFlowGoesToAnotherLoopWithWhatItHoldsAndTheConnectionComesBack() throws Exception {
    FramedPair pair = overTls();
    pair.accepting.watching = false;
    for (int use = 1; use <= 2; use++) {
      ConnectedFlows.Ends ends = pair.open("//1#1");
      Flow left = ends.left();
      Flow right = ends.right();
      home.run(() -> left.write(ascii("here and there")));
      ByteBuffer first = ByteBuffer.allocate(4);
      home.until("the first bytes", () -> right.read(first) == 0 && first.position() == 4);
      home.run(right::leave);
      assertEquals(0, home.pool().out());
      away.run(() -> right.join(away.loop()));
      assertEquals(away.loop(), away.call(right::loop));
      assertEquals(away.loop(), away.call(pair.acceptor::loop));
      FlowDriver driver = away.call(() -> new FlowDriver(right));
      away.until("the rest", () -> driver.text().equals(" and there"));
      FlowDriver answered = home.call(() -> new FlowDriver(left));
      away.run(() -> driver.send(300_000, 7, true));
      home.until("the answer", answered::ended);
      home.run(() -> answered.send(200_000, 8, true));
      away.until("the end", driver::ended);
      assertNull(driver.failure());
      home.run(left::close);
      away.run(right::close);
      int returns = use;
      home.until("the opener is back", () -> pair.opening.returns == returns);
      away.until("the acceptor is back", () -> pair.accepting.returns == returns);
      assertTrue(away.call(pair.acceptor::isIdle));
      away.run(pair.acceptor::leave);
      home.run(() -> pair.acceptor.join(home.loop()));
      home.run(pair.acceptor::watch);
      assertEquals(home.loop(), home.call(pair.acceptor::loop));
    }
    pair.abort();
  }

  @Test
  void bytesThatWaitToBeSentGoAlong() throws Exception {
    FramedPair pair = overTcp();
    ConnectedFlows.Ends ends = pair.open("//1#1");
    Flow left = ends.left();
    byte[] block = new byte[30_000];
    for (int i = 0; i < block.length; i++) {
      block[i] = (byte) (i * 31);
    }
    ByteBuffer bytes = ByteBuffer.wrap(block);
    long[] accepted = new long[1];
    home.until(
        "the peer's buffers are full",
        () -> {
          accepted[0] += left.write(bytes.hasRemaining() ? bytes : bytes.clear());
          return home.pool().out() > 0;
        });
    home.run(left::shutdownOutput);
    home.run(left::leave);
    assertEquals(0, home.pool().out());
    away.run(() -> left.join(away.loop()));
    away.run(() -> left.interest(Flow.WRITE));
    ByteBuffer got = ByteBuffer.allocate(100_000);
    long[] received = new long[1];
    home.until(
        "the end",
        () -> {
          int n = ends.right().read(got.clear());
          for (int i = 0; i < n; i++) {
            assertEquals(block[(int) ((received[0] + i) % block.length)], got.get(i));
          }
          received[0] += Math.max(0, n);
          return n < 0;
        });
    assertEquals(accepted[0], received[0]);
    away.run(() -> left.abort(null));
    pair.acceptor.loop().execute(() -> pair.acceptor.abort(null));
    home.turns();
  }

  @Test
  void anIdleConnectionIsUsedOnAnotherLoopAtOnce() throws Exception {
    FramedPair pair = overTls();
    home.run(pair.opener::leave);
    away.run(() -> pair.opener.join(away.loop()));
    Flow left = away.call(() -> pair.opener.open("//1#1"));
    assertEquals(away.loop(), away.call(left::loop));
    home.until("the flow", () -> pair.accepting.flows.size() == 1);
    FlowDriver driver = home.call(() -> new FlowDriver(pair.accepting.flows.get(0)));
    away.run(() -> left.write(ascii("hello")));
    home.until("the bytes", () -> driver.text().equals("hello"));
    assertThrows(IllegalStateException.class, () -> away.run(pair.opener::leave));
    away.run(() -> pair.opener.abort(null));
    home.run(() -> pair.acceptor.abort(null));
  }

  @Test
  void aConnectionThatWasAbortedOnItsWayDoesNotArrive() throws Exception {
    FramedPair pair = overTls();
    home.run(pair.opener::leave);
    pair.opener.abort(null);
    assertThrows(IOException.class, () -> away.run(() -> pair.opener.join(away.loop())));
    home.until("the other end has died", () -> pair.accepting.deaths.size() == 1);
  }
}
