package io.nodepass.tunnel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SessionLineTest {
  private static String error(Parsing parsing) {
    return assertThrows(ProtocolException.class, parsing::run).getMessage();
  }

  private interface Parsing {
    void run() throws ProtocolException;
  }

  @Test
  void aLineIsTakenApart() throws ProtocolException {
    SessionLine line = SessionLine.parse("//9f3c01ab?src=203.0.113.9:50412&a_1=#1");
    assertTrue(line.is("9f3c01ab"));
    assertEquals(Map.of("src", "203.0.113.9:50412", "a_1", ""), line.fields());
    assertEquals(List.of("src", "a_1"), List.copyOf(line.fields().keySet()));
    assertEquals("1", line.kind());
    assertEquals("//9f3c01ab?src=203.0.113.9:50412&a_1=#1\n", line.raw());
    assertFalse(line.isBlank());
  }

  @Test
  void aBlankLineIsASignOfLife() throws ProtocolException {
    SessionLine line = SessionLine.parse("");
    assertTrue(line.isBlank());
    assertEquals("\n", line.raw());
    assertEquals(Map.of(), line.fields());
  }

  @Test
  void aLineNeedsNoFieldAndNoKind() throws ProtocolException {
    SessionLine line = SessionLine.parse("//proof");
    assertEquals(Map.of(), line.fields());
    assertEquals("", line.kind());
    assertEquals("//proof\n", SessionLine.of("proof").build().raw());
    assertEquals("//x#2\n", SessionLine.of("x").build("2").raw());
  }

  @Test
  void theFieldsThatNobodyKnowsAreKeptAndHarmNothing() throws ProtocolException {
    SessionLine line = SessionLine.parse("//more?from=3000&n=7&zz=");
    assertEquals(7, line.number("n", 1, 1000));
    assertTrue(line.has("from"));
    assertFalse(line.has("other"));
  }

  @Test
  void theSameFieldTwiceIsAnError() {
    for (String line : List.of("//more?n=1&n=1", "//more?n=1&x=&n=2")) {
      assertEquals("a line gives n twice: " + line, error(() -> SessionLine.parse(line)));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        " ",
        "x",
        "/",
        "//",
        "/hello",
        "http://hello",
        "GET / HTTP/1.1",
        " //hello",
        "//hello ",
        "//hello\r",
        "//hel-lo",
        "//hel_lo",
        "//h\u00e9llo",
        "//hello/",
        "//?v=2",
        "//#1",
        "//hello?",
        "//hello?&",
        "//hello?v",
        "//hello?=2",
        "//hello?v=2&",
        "//hello?&v=2",
        "//hello?v=2&&w=3",
        "//hello?v-1=2",
        "//hello?v%41=2",
        "//hello? v=2",
        "//hello?v=a+b",
        "//hello?v=a b",
        "//hello?v=a=b",
        "//hello?v=a?b",
        "//hello?v=a/b",
        "//hello?v=\u00e9",
        "//hello?v=\u0130",
        "//hello?v=\u0000",
        "//hello?v=%",
        "//hello?v=%4",
        "//hello?v=%zz",
        "//hello?v=%-0",
        "//hello?v=%+1",
        "//hello?v=%C3",
        "//hello?v=%C0%80",
        "//hello?v=%ED%A0%80",
        "//hello#",
        "//hello#1#2",
        "//hello#1?v=2",
        "//hello# 1",
        "//hello?v=2#\u00b9",
      })
  void whatIsNotOfTheFormIsMalformed(String line) {
    String message = error(() -> SessionLine.parse(line));
    assertTrue(message.startsWith("a line is not of the form //what?name=value"), message);
  }

  @Test
  void aLineHasAtMostAThousandAndTwentyFourBytes() throws ProtocolException {
    String longest = "//x?v=" + "1".repeat(SessionLine.MAX_LENGTH - 6);
    assertEquals(SessionLine.MAX_LENGTH - 6, SessionLine.parse(longest).get("v").length());
    String message = error(() -> SessionLine.parse(longest + "1"));
    assertTrue(message.length() < 120, message);
  }

  @ParameterizedTest
  @CsvSource({
    "%20, ' '",
    "%2f%2F, //",
    "a%C3%BCb, aüb",
    "%E5%AF%86, 密",
    "%F0%9F%94%91, \uD83D\uDD11",
    "%25%32%30, %20",
    "%41, A",
    "-._~:, -._~:",
  })
  void valuesArePercentDecoded(String written, String meant) throws ProtocolException {
    assertEquals(meant, SessionLine.parse("//x?v=" + written).get("v"));
  }

  @Test
  void whatMayNotStandInALineIsEscapedInUtf8() {
    assertEquals(
        "//x?v=a%20%26%3D%23%25%2B%2F%3F%0A%C3%BC%E5%AF%86-._~:[1]".replace("[1]", "%5B1%5D")
            + "\n",
        SessionLine.of("x").with("v", "a &=#%+/?\nü密-._~:[1]").build().raw());
  }

  @Test
  void aFieldThatIsMissingIsNamed() throws ProtocolException {
    SessionLine line = SessionLine.parse("//open?v=2");
    assertEquals("a //open line lacks nonce", error(() -> line.get("nonce")));
    assertEquals("a //open line lacks nonce", error(() -> line.hex("nonce", 32)));
    assertEquals("a //open line lacks min", error(() -> line.number("min", 0, 9)));
  }

  @Test
  void bytesStandInSoManyDigits() throws ProtocolException {
    assertArrayEquals(new byte[] {0, (byte) 0xff}, SessionLine.parse("//x?v=00ff").hex("v", 2));
    for (String wrong : List.of("", "00", "00ff00", "00FF", "0ff", "zz00", "%00ff")) {
      String message = error(() -> SessionLine.parse("//x?v=" + wrong).hex("v", 2));
      assertEquals("v of a //x line is not 4 hexadecimal digits", message);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1, 9, 1",
    "9, 1, 9, 9",
    "0, 0, 9, 0",
    "007, 0, 9, 7",
    "4611686018427387904, 1, 4611686018427387904, 4611686018427387904",
    "9223372036854775807, 0, 9223372036854775807, 9223372036854775807",
  })
  void aNumberIsReadWithinItsLimits(String text, long least, long most, long value)
      throws ProtocolException {
    assertEquals(value, SessionLine.parse("//x?n=" + text).number("n", least, most));
    assertEquals(value, SessionLine.of("x").with("n", value).build().number("n", least, most));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "0",
        "10",
        "-1",
        "%2B1",
        "1.0",
        "0x1",
        "1e0",
        "a",
        "%D9%A1",
        "9223372036854775808",
        "99999999999999999999",
        "00000000000000000001"
      })
  void whatIsNoNumberWithinItsLimitsIsAnError(String text) {
    assertEquals(
        "n of a //x line is not a number from 1 to 9",
        error(() -> SessionLine.parse("//x?n=" + text).number("n", 1, 9)));
  }

  @Test
  void theFieldsCannotBeChanged() throws ProtocolException {
    SessionLine parsed = SessionLine.parse("//x?v=2");
    SessionLine built = SessionLine.of("x").with("v", "2").build();
    for (SessionLine line : List.of(parsed, built)) {
      assertThrows(UnsupportedOperationException.class, () -> line.fields().put("v", "3"));
    }
  }
}
