package io.nodepass.transport.framed;

import static io.nodepass.transport.framed.Frame.ABORT;
import static io.nodepass.transport.framed.Frame.DATA;
import static io.nodepass.transport.framed.Frame.OPEN;
import static io.nodepass.transport.framed.RawPeer.frame;
import static io.nodepass.transport.framed.RawPeer.join;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.nodepass.testkit.FlowDriver;
import io.nodepass.testkit.LeakExtension;
import io.nodepass.testkit.LoopbackPair;
import io.nodepass.testkit.TestLoop;
import io.nodepass.transport.ConnectedFlows;
import io.nodepass.transport.Flow;
import io.nodepass.transport.tls.TlsPair;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Why a flow was aborted reaches the other side, and the connection is reset behind it. */
@ExtendWith(LeakExtension.class)
class FramedAbortLoopbackTest {
  private final TestLoop loop = TestLoop.start();
  private final FramedPair.Keeper keeper = new FramedPair.Keeper();

  @Test
  void anAbortIsAFrameAndThenAReset() throws Exception {
    try (LoopbackPair.WithSocket pair = LoopbackPair.withSocket(loop)) {
      FramedConnection opener = loop.call(() -> FramedConnection.opener(pair.flow(), keeper));
      Flow flow = loop.call(() -> opener.open("//1#1"));
      InputStream in = pair.socket().getInputStream();
      byte[] open = frame(OPEN, 1, "//1#1");
      assertArrayEquals(open, in.readNBytes(open.length));
      loop.run(() -> flow.abort(new IOException("the user left")));
      byte[] abort = frame(ABORT, 1, "aborted the user left");
      assertArrayEquals(abort, in.readNBytes(abort.length));
      assertThrows(IOException.class, in::read);
      assertEquals(0, keeper.deaths.size());
      assertEquals(0, keeper.returns);
    }
  }

  @Test
  void anAbortIsNotAnsweredByAnother() throws Exception {
    try (LoopbackPair.WithSocket pair = LoopbackPair.withSocket(loop)) {
      FramedConnection acceptor = loop.call(() -> FramedConnection.acceptor(pair.flow(), keeper));
      loop.run(acceptor::watch);
      byte[] sent =
          join(frame(OPEN, 1, "//1#1"), frame(DATA, 1, "x"), frame(ABORT, 1, "late too late"));
      pair.socket().getOutputStream().write(sent);
      loop.until("the flow", () -> keeper.flows.size() == 1);
      FlowDriver driver = loop.call(() -> new FlowDriver(keeper.flows.get(0)));
      loop.until("the abort", () -> driver.failure() != null);
      AbortedByPeerException told =
          assertInstanceOf(AbortedByPeerException.class, driver.failure());
      assertEquals("late", told.code());
      assertEquals("too late", told.getMessage());
      assertEquals("x", driver.text());
      assertThrows(IOException.class, () -> pair.socket().getInputStream().read());
    }
  }

  @Test
  void aViolationIsToldToThePeer() throws Exception {
    try (LoopbackPair.WithSocket pair = LoopbackPair.withSocket(loop)) {
      FramedConnection acceptor = loop.call(() -> FramedConnection.acceptor(pair.flow(), keeper));
      loop.run(acceptor::watch);
      pair.socket().getOutputStream().write(join(frame(OPEN, 1, "//1#1"), frame(DATA, 2, "")));
      loop.until("the flow", () -> keeper.flows.size() == 1);
      loop.call(() -> new FlowDriver(keeper.flows.get(0)));
      byte[] abort = frame(ABORT, 1, "aborted DATA of no byte");
      InputStream in = pair.socket().getInputStream();
      assertArrayEquals(abort, in.readNBytes(abort.length));
      assertThrows(IOException.class, in::read);
    }
  }

  @Test
  void throughTlsTheReasonArrivesBothWays() throws Exception {
    for (boolean byOpener : new boolean[] {true, false}) {
      FramedPair pair = new FramedPair(loop, TlsPair.connect(loop, UnaryOperator.identity()));
      ConnectedFlows.Ends ends = pair.open("//1#1");
      Flow from = byOpener ? ends.left() : ends.right();
      Flow to = byOpener ? ends.right() : ends.left();
      FlowDriver driver = loop.call(() -> new FlowDriver(to));
      loop.run(() -> from.write(ByteBuffer.allocate(100)));
      loop.run(() -> from.abort(new IOException("for this reason")));
      loop.until("the abort", () -> driver.failure() != null);
      assertEquals("for this reason", driver.failure().getMessage());
      assertFalse(driver.ended());
      loop.turns();
      assertFalse(loop.call(pair.opener::isIdle) || loop.call(pair.acceptor::isIdle));
      assertEquals(0, pair.opening.deaths.size() + pair.accepting.deaths.size());
      pair.abort();
    }
  }

  @Test
  void aWriterHearsTheReasonToo() throws Exception {
    LoopbackPair.OfFlows tcp = LoopbackPair.flows(loop);
    FramedPair pair = new FramedPair(loop, new ConnectedFlows.Ends(tcp.dialled(), tcp.accepted()));
    ConnectedFlows.Ends ends = pair.open("//1#1");
    loop.run(() -> ends.right().write(ByteBuffer.allocate(1000)));
    loop.run(() -> ends.right().abort(new IOException("the service is gone")));
    IOException[] thrown = new IOException[1];
    loop.until(
        "writing fails",
        () -> {
          try {
            ends.left().write(ByteBuffer.allocate(1));
            return false;
          } catch (IOException e) {
            thrown[0] = e;
            return true;
          }
        });
    assertInstanceOf(AbortedByPeerException.class, thrown[0]);
    assertEquals("the service is gone", thrown[0].getMessage());
    pair.abort();
  }
}
