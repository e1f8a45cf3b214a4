package io.nodepass.transport.framed;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import org.junit.jupiter.api.Test;

/** What an ABORT says, as it is written and as it is read. */
class AbortTextTest {
  private static String said(String message) {
    byte[] payload = AbortedByPeerException.payload(new IOException(message));
    assertTrue(payload.length <= Frame.MOST_ABORT, () -> payload.length + " bytes");
    return new String(payload, UTF_8);
  }

  private static AbortedByPeerException read(String payload) {
    return AbortedByPeerException.read(payload.getBytes(UTF_8));
  }

  @Test
  void theCodeIsFollowedByTheText() {
    assertEquals("aborted the service hung up", said("the service hung up"));
  }

  @Test
  void withoutATextThereIsTheCode() {
    assertEquals("aborted", said(null));
    assertEquals("aborted", said("  "));
    assertEquals("aborted", new String(AbortedByPeerException.payload(null), UTF_8));
  }

  @Test
  void aLongTextIsCutWhereACharacterEnds() {
    for (String unit : new String[] {"x", "\u00e9", "\u8282", "\ud83d\ude80"}) {
      for (int shift = 0; shift < 4; shift++) {
        String text = "-".repeat(shift) + unit.repeat(1000);
        String said = said(text);
        String rest = said.substring("aborted ".length());
        assertTrue(text.startsWith(rest), () -> said);
        assertTrue(said.getBytes(UTF_8).length > Frame.MOST_ABORT - 8, () -> said);
      }
    }
  }

  @Test
  void aLineBreakCannotGetIntoALog() {
    assertEquals("aborted one  two\u00a0three ", said("one\r\ntwo\u00a0three\u0085"));
    assertEquals("one  two", read("gone one\r\ntwo").getMessage());
    assertEquals("a", read("a\nb").code());
  }

  @Test
  void codeAndTextAreToldApart() {
    assertEquals("late", read("late it took too long").code());
    assertEquals("it took too long", read("late it took too long").getMessage());
    assertEquals("late", read("late").code());
    assertEquals("late", read("late").getMessage());
  }

  @Test
  void aPeerThatSaysNothingHasAborted() {
    assertEquals("aborted", read("").code());
    assertEquals("aborted", read("").getMessage());
    assertEquals("text", read(" text").getMessage());
  }

  @Test
  void bytesThatAreNoTextAreNoError() {
    byte[] bytes = {(byte) 0xff, (byte) 0xfe, ' ', (byte) 0x80};
    assertEquals("\ufffd\ufffd", AbortedByPeerException.read(bytes).code());
  }
}
