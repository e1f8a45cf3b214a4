package io.nodepass.tunnel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LineReaderTest {
  private final List<String> lines = new ArrayList<>();
  private ScriptedFlow flow;
  private LineReader reader;

  @BeforeEach
  void open() throws IOException {
    flow = new ScriptedFlow();
    reader = new LineReader(flow);
  }

  private void read(int times) throws IOException {
    for (int i = 0; i < times; i++) {
      reader.read(lines::add);
    }
  }

  @Test
  void aLineInSingleBytesComesOnceItIsWhole() throws IOException {
    String text = "//4711#0\n";
    text.chars().forEach(c -> flow.incoming(Character.toString(c)));
    read(text.length() - 1);
    assertEquals(List.of(), lines);
    read(1);
    assertEquals(List.of("//4711#0"), lines);
  }

  @Test
  void oneReadMayHoldManyLinesAndTheBeginningOfAnother() throws IOException {
    flow.incoming("a\n\nb\r\nc");
    read(1);
    assertEquals(List.of("a", "", "b\r"), lines);
    flow.incoming("d\n");
    read(1);
    assertEquals(List.of("a", "", "b\r", "cd"), lines);
  }

  @Test
  void nothingToReadIsNoLine() throws IOException {
    read(1);
    assertEquals(List.of(), lines);
  }

  @Test
  void aLineOfTheGreatestLengthIsRead() throws IOException {
    String longest = "x".repeat(ControlLine.MAX_LENGTH);
    flow.incoming(longest + "\n" + longest);
    flow.incoming("\n");
    read(2);
    assertEquals(List.of(longest, longest), lines);
  }

  @Test
  void aLineOfOneByteMoreIsRefused() {
    flow.incoming("short\n" + "x".repeat(ControlLine.MAX_LENGTH + 1) + "\n");
    ProtocolException e = assertThrows(ProtocolException.class, () -> read(1));
    assertTrue(e.getMessage().contains("1024"), e.getMessage());
    assertEquals(List.of("short"), lines);
  }

  @Test
  void aLineWithoutAnEndIsRefusedBeforeItsEnd() {
    flow.incoming("x".repeat(ControlLine.MAX_LENGTH));
    flow.incoming("x");
    assertThrows(ProtocolException.class, () -> read(2));
  }

  @Test
  void anEndBetweenLinesIsTheEnd() throws IOException {
    flow.incoming("a\n");
    flow.endOfInput();
    read(1);
    EOFException e = assertThrows(EOFException.class, () -> read(1));
    assertEquals("closed by the peer", e.getMessage());
  }

  @Test
  void anEndInTheMiddleOfALineIsSaidToBeOneAndGivesNoLine() throws IOException {
    flow.incoming("a\n//dead");
    flow.endOfInput();
    read(1);
    EOFException e = assertThrows(EOFException.class, () -> read(1));
    assertTrue(e.getMessage().contains("in the middle of a line"), e.getMessage());
    assertEquals(List.of("a"), lines);
  }
}
