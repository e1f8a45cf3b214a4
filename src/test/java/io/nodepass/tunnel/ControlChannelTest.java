package io.nodepass.tunnel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nodepass.transport.Flow;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ControlChannelTest {
  private final List<String> lines = new ArrayList<>();
  private final List<String> losses = new ArrayList<>();
  private ScriptedFlow flow;
  private ControlChannel channel;

  @BeforeEach
  void open() throws IOException {
    flow = new ScriptedFlow();
    channel =
        new ControlChannel(
            flow,
            new ControlChannel.Listener() {
              @Override
              public void line(String line) throws ProtocolException {
                if (line.equals("nonsense")) {
                  throw new ProtocolException("makes no sense");
                }
                lines.add(line);
                if (line.equals("close")) {
                  channel.close();
                }
              }

              @Override
              public void lost(String reason) {
                losses.add(reason);
              }
            });
    channel.open();
  }

  @Test
  void linesAreHandedOverInOrder() {
    flow.incoming("a\nb\n");
    flow.becomes(Flow.READ);
    assertEquals(List.of("a", "b"), lines);
    assertEquals(List.of(), losses);
  }

  @Test
  void aPeerThatReadsGetsEverythingAtOnce() {
    channel.send("one\n");
    channel.send("two\n");
    assertEquals("one\ntwo\n", flow.written());
    assertEquals(Flow.READ, flow.interest());
  }

  @Test
  void whatASlowPeerDoesNotTakeFollowsInOrder() {
    flow.room = 2;
    channel.send("one\n");
    channel.send("two\n");
    assertEquals("on", flow.written());
    assertEquals(Flow.READ | Flow.WRITE, flow.interest());

    flow.room = 3;
    flow.becomes(Flow.WRITE);
    assertEquals("one\nt", flow.written());
    assertEquals(Flow.READ | Flow.WRITE, flow.interest());
    channel.send("three\n");

    flow.room = 100;
    flow.becomes(Flow.WRITE);
    assertEquals("one\ntwo\nthree\n", flow.written());
    assertEquals(Flow.READ, flow.interest());
  }

  @Test
  void aPeerThatNeverReadsIsLostAfterABoundedAmount() {
    flow.room = 0;
    String line = "x".repeat(1023) + "\n";
    int sent = 0;
    while (channel.isOpen() && sent < 10_000) {
      channel.send(line);
      sent++;
    }
    assertEquals(257, sent); // 256 KiB wait; the line that does not fit any more is one too many
    assertEquals(1, losses.size());
    assertTrue(losses.get(0).contains("does not read"), losses::toString);
    assertEquals(1, flow.aborts);
  }

  @Test
  void aLineThatMakesNoSenseLosesTheChannelAndHidesWhatFollows() {
    flow.incoming("a\nnonsense\nb\nnonsense\n");
    flow.becomes(Flow.READ);
    assertEquals(List.of("a"), lines);
    assertEquals(List.of("makes no sense"), losses);
    assertEquals(1, flow.aborts);
  }

  @Test
  void theEndOfThePeerIsALoss() {
    flow.incoming("a\n");
    flow.endOfInput();
    flow.becomes(Flow.READ);
    flow.becomes(Flow.READ);
    assertEquals(List.of("a"), lines);
    assertEquals(List.of("closed by the peer"), losses);
  }

  @Test
  void itIsLostOnlyOnce() {
    channel.failed(flow, new IOException("first"));
    channel.failed(flow, new IOException("second"));
    channel.close();
    assertEquals(List.of("first"), losses);
    assertEquals(1, flow.aborts);
    assertEquals(0, flow.closes);
  }

  @Test
  void aFailureWithoutAMessageIsNamedByItsKind() {
    channel.failed(flow, new IOException());
    assertEquals(List.of("java.io.IOException"), losses);
  }

  @Test
  void closingIsSilentAndHappensOnce() {
    channel.close();
    channel.close();
    channel.failed(flow, new IOException("late"));
    assertEquals(List.of(), losses);
    assertEquals(1, flow.closes);
    assertEquals(0, flow.aborts);
    assertFalse(channel.isOpen());
  }

  @Test
  void nothingIsSentAfterTheEnd() {
    channel.close();
    channel.send("late\n");
    assertEquals("", flow.written());
    assertEquals(List.of(), losses);
  }

  @Test
  void aListenerThatClosesTheChannelHearsNothingMore() {
    flow.incoming("close\nb\nnonsense\n");
    flow.becomes(Flow.READ);
    assertEquals(List.of("close"), lines);
    assertEquals(List.of(), losses);
  }
}
