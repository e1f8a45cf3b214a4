package io.nodepass.transport;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nodepass.testkit.FlowDriver;
import io.nodepass.testkit.LeakExtension;
import io.nodepass.testkit.TestLoop;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;

/** A loop, two flows on it that are connected to each other, and what is done with them. */
@ExtendWith(LeakExtension.class)
public abstract class ConnectedFlows {
  /** Two flows, connected to each other, without owner or interest, on the same loop. */
  public record Ends(Flow left, Flow right) {}

  protected final TestLoop loop = TestLoop.start();
  protected Flow left;
  protected Flow right;

  /** Connects; not called on the loop's thread. */
  protected abstract Ends connect(TestLoop loop) throws Exception;

  @BeforeEach
  void connectBoth() throws Exception {
    Ends ends = connect(loop);
    left = ends.left();
    right = ends.right();
  }

  @AfterEach
  void abortBoth() throws Exception {
    loop.run(
        () -> {
          left.abort(null);
          right.abort(null);
        });
  }

  protected final void assertArrived(FlowDriver sender, FlowDriver receiver, long bytes)
      throws Exception {
    loop.run(
        () -> {
          assertNull(sender.failure());
          assertNull(receiver.failure());
          assertEquals(bytes, receiver.received());
          assertEquals(sender.sentSum(), receiver.receivedSum());
        });
  }

  protected final void write(Flow flow, String text) throws Exception {
    ByteBuffer buffer = ascii(text);
    loop.until(
        text + " is written",
        () -> {
          flow.write(buffer);
          return !buffer.hasRemaining();
        });
  }

  protected final String readText(Flow flow, int bytes) throws Exception {
    ByteBuffer buffer = ByteBuffer.allocate(bytes);
    loop.until(
        bytes + " bytes are read",
        () -> {
          assertTrue(flow.read(buffer) >= 0, "ended early");
          return !buffer.hasRemaining();
        });
    return US_ASCII.decode(buffer.flip()).toString();
  }

  protected final void awaitEnd(Flow flow) throws Exception {
    loop.until("the end is read", () -> flow.read(ByteBuffer.allocate(1)) == -1);
  }

  protected final void awaitFailure(String what, TestLoop.Action action) throws Exception {
    loop.until(
        what,
        () -> {
          try {
            action.run();
            return false;
          } catch (IOException expected) {
            return true;
          }
        });
  }

  protected static ByteBuffer ascii(String text) {
    return ByteBuffer.wrap(text.getBytes(US_ASCII));
  }
}
