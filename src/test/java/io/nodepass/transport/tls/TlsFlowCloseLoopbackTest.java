package io.nodepass.transport.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nodepass.testkit.FlowDriver;
import io.nodepass.testkit.LeakExtension;
import io.nodepass.testkit.TestLoop;
import io.nodepass.transport.ConnectedFlows;
import io.nodepass.transport.Flow;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What becomes of the last bytes of a flow that is closed while its peer reads slowly. */
@ExtendWith(LeakExtension.class)
class TlsFlowCloseLoopbackTest {
  private final TestLoop loop = TestLoop.start();
  private final List<Flow> beneath = new ArrayList<>();
  private Flow left;
  private Flow right;

  @BeforeEach
  void connect() throws Exception {
    ConnectedFlows.Ends ends =
        TlsPair.connect(
            loop,
            tcp -> {
              beneath.add(tcp);
              return tcp;
            });
    left = ends.left();
    right = ends.right();
  }

  @AfterEach
  void abort() throws Exception {
    loop.run(
        () -> {
          left.abort(null);
          right.abort(null);
        });
  }

  /** Ends the right one's side, sends and ends the left one's, and closes it. */
  private int sendAndClose(int atLeast) throws Exception {
    loop.run(right::shutdownOutput);
    FlowDriver end = loop.call(() -> new FlowDriver(left));
    loop.until("the right one's end", end::ended);
    return loop.call(
        () -> {
          int sent = 0;
          ByteBuffer bytes = ByteBuffer.allocate(64 * 1024);
          int n;
          do {
            n = left.write(bytes.clear());
            sent += n;
          } while (n > 0 && sent < atLeast);
          left.shutdownOutput();
          left.close();
          return sent;
        });
  }

  private void expect(int sent) throws Exception {
    FlowDriver driver = loop.call(() -> new FlowDriver(right));
    loop.until("the end", driver::ended);
    assertNull(driver.failure());
    assertEquals(sent, driver.received());
  }

  @Test
  void whatTheSystemHasTakenIsItsToDeliver() throws Exception {
    int sent = sendAndClose(1);
    assertFalse(loop.call(() -> beneath.get(0).isOpen()), "still waits for its peer");
    assertEquals(0, loop.loop().deliveries());
    expect(sent);
  }

  @Test
  void whatTheSystemHasNoRoomForIsDeliveredLater() throws Exception {
    int sent = sendAndClose(Integer.MAX_VALUE);
    assertTrue(loop.call(() -> beneath.get(0).isOpen()), "there was room for all of it");
    assertEquals(1, loop.loop().deliveries());
    assertEquals(0, loop.pool().out(), "holds a buffer that others need");
    expect(sent);
    loop.until("the close", () -> !beneath.get(0).isOpen());
    assertEquals(0, loop.loop().deliveries());
  }

  @Test
  void aPeerThatGoesMeanwhileEndsTheDelivery() throws Exception {
    sendAndClose(Integer.MAX_VALUE);
    loop.run(() -> right.abort(null));
    loop.until("the close", () -> !beneath.get(0).isOpen());
    assertEquals(0, loop.loop().deliveries());
  }
}
