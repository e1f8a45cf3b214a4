package io.nodepass.tunnel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class RefusalTest {
  private static Refusal over(Refusal refusal) throws ProtocolException {
    String raw = refusal.line().raw();
    assertTrue(raw.length() <= SessionLine.MAX_LENGTH + 1, raw);
    return Refusal.from(SessionLine.parse(raw.substring(0, raw.length() - 1)));
  }

  @ParameterizedTest
  @EnumSource
  void itArrivesAsItWasSaid(Refusal.Code code) throws ProtocolException {
    Refusal said = new Refusal(code, "that's why: 50% & more #1 – ok?");
    Refusal heard = over(said);
    assertEquals(said.getMessage(), heard.getMessage());
    assertEquals(code.word(), heard.code());
    for (Refusal.Code other : Refusal.Code.values()) {
      assertEquals(other == code, heard.is(other));
    }
  }

  @Test
  void theLineIsThatOfTheProtocol() {
    assertEquals(
        "//refused?code=key-wrong&text=compare%20the%20keys\n",
        new Refusal(Refusal.Code.KEY_WRONG, "compare the keys").line().raw());
  }

  @Test
  void theCodesAreThoseOfTheTableInTheProtocol() throws IOException {
    try (Stream<String> lines = Files.lines(Path.of("docs/protocol.md"))) {
      List<String> table =
          lines
              .dropWhile(line -> !line.equals("## Refusals"))
              .skip(1)
              .takeWhile(line -> !line.startsWith("## "))
              .filter(line -> line.startsWith("| `"))
              .map(line -> line.substring(3, line.indexOf('`', 3)))
              .toList();
      assertEquals(Arrays.stream(Refusal.Code.values()).map(Refusal.Code::word).toList(), table);
    }
  }

  @Test
  void aTextThatDoesNotFitALineIsCut() throws ProtocolException {
    for (String piece : List.of("x", " ", "ü", "密", "\uD83D\uDD11")) {
      String text = piece.repeat(2000);
      String heard = over(new Refusal(Refusal.Code.BUSY, text)).getMessage();
      assertTrue(heard.endsWith("…") && heard.length() > 50, heard);
      String kept = heard.substring(0, heard.length() - 1);
      assertTrue(text.startsWith(kept), heard);
      assertFalse(Character.isHighSurrogate(kept.charAt(kept.length() - 1)), heard);
    }
  }

  @Test
  void aLongTextOfAStrangerIsCut() throws ProtocolException {
    String heard =
        Refusal.from(SessionLine.parse("//refused?code=busy&text=" + "x".repeat(900))).getMessage();
    assertEquals("x".repeat(300) + "…", heard);
  }

  @Test
  void anUnknownCodeIsKeptAndAMissingTextIsEmpty() throws ProtocolException {
    Refusal refusal = Refusal.from(SessionLine.parse("//refused?code=new-in-v3&more=1"));
    assertEquals("new-in-v3", refusal.code());
    assertEquals("", refusal.getMessage());
    for (Refusal.Code code : Refusal.Code.values()) {
      assertFalse(refusal.is(code));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "//refused",
        "//refused?text=x",
        "//refused?code=",
        "//refused?code=a%0Ab",
        "//refused?code=KEY",
        "//refused?code=aaaaaaaaaabbbbbbbbbbccccccccccddd",
      })
  void aLineWithoutACodeIsNoRefusal(String line) {
    ProtocolException e =
        assertThrows(ProtocolException.class, () -> Refusal.from(SessionLine.parse(line)));
    assertFalse(e instanceof Refusal);
  }
}
