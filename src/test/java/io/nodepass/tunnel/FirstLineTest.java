package io.nodepass.tunnel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class FirstLineTest {
  private ScriptedFlow flow;
  private final FirstLine line = new FirstLine();

  @BeforeEach
  void open() throws IOException {
    flow = new ScriptedFlow();
  }

  private static String text(ByteBuffer bytes) {
    return StandardCharsets.ISO_8859_1.decode(bytes).toString();
  }

  @Test
  void aLineInSingleBytesIsCompleteWithItsLast() throws IOException {
    String hello = "//hello?v=2\n";
    hello.chars().forEach(c -> flow.incoming(Character.toString(c)));
    for (int i = 1; i < hello.length(); i++) {
      assertFalse(line.read(flow));
      assertEquals(hello.substring(0, i), text(line.everything()));
    }
    assertTrue(line.read(flow));
    assertEquals("//hello?v=2", line.text());
    assertFalse(line.rest().hasRemaining());
  }

  @Test
  void whatComesBehindTheLineIsKept() throws IOException {
    flow.incoming("//he");
    flow.incoming("llo\nmore\n\u0016\u00ff");
    assertFalse(line.read(flow));
    assertTrue(line.read(flow));
    assertEquals("//hello", line.text());
    assertEquals("more\n\u0016\u00ff", text(line.rest()));
    assertEquals("//hello\nmore\n\u0016\u00ff", text(line.everything()));
  }

  @Test
  void nothingToReadIsNothing() throws IOException {
    assertFalse(line.read(flow));
    assertTrue(line.isEmpty());
    flow.incoming("\n");
    assertTrue(line.read(flow));
    assertFalse(line.isEmpty());
    assertEquals("", line.text());
  }

  @Test
  void theFirstByteIsANumberFromZeroOn() throws IOException {
    flow.incoming("\u00e9");
    line.read(flow);
    assertEquals(0xe9, line.firstByte());
  }

  @Test
  void aLineOfTheGreatestLengthIsRead() throws IOException {
    String longest = "/".repeat(SessionLine.MAX_LENGTH);
    flow.incoming(longest);
    flow.incoming("\n" + longest + longest);
    assertFalse(line.read(flow));
    assertTrue(line.read(flow));
    assertEquals(longest, line.text());
    assertEquals(longest + longest, text(line.rest()));
  }

  @Test
  void aLineOfOneByteMoreIsRefused() {
    flow.incoming("/".repeat(SessionLine.MAX_LENGTH + 1) + "\n");
    ProtocolException e = assertThrows(ProtocolException.class, () -> line.read(flow));
    assertTrue(e.getMessage().contains("1024"), e.getMessage());
  }

  @Test
  void aLineWithoutAnEndIsRefusedBeforeItsEnd() throws IOException {
    flow.incoming("/".repeat(SessionLine.MAX_LENGTH));
    flow.incoming("/");
    assertFalse(line.read(flow));
    assertThrows(ProtocolException.class, () -> line.read(flow));
  }

  @Test
  void anEndBeforeTheLineTellsWhetherThereWasAnyOfIt() throws IOException {
    flow.endOfInput();
    EOFException e = assertThrows(EOFException.class, () -> line.read(flow));
    assertEquals("closed by the peer", e.getMessage());
    flow.incoming("//hel");
    assertFalse(line.read(flow));
    e = assertThrows(EOFException.class, () -> line.read(flow));
    assertEquals("closed by the peer in the middle of a line", e.getMessage());
  }
}
