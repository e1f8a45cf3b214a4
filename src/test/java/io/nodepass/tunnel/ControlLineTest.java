package io.nodepass.tunnel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ControlLineTest {
  @Property
  void anyStringIsReadOrRefused(@ForAll String line) {
    readOrRefuse(line);
  }

  @Property(tries = 3000)
  void almostLinesAreReadOrRefused(@ForAll("almost") String line) {
    readOrRefuse(line);
  }

  /** Nothing but a ProtocolException may come out, and what was read is of the promised form. */
  private static void readOrRefuse(String line) {
    try {
      ControlLine read = ControlLine.parse(line);
      assertEquals(line.isBlank(), read.isHealth(), line);
      assertFalse(read.authority().contains("/"), line);
      assertFalse(read.authority().contains("#"), line);
      assertFalse(read.authority().contains("?"), line);
      int port = read.port();
      assertTrue(port >= 1 && port <= 65535, line);
    } catch (ProtocolException e) {
      assertTrue(e.getMessage().length() < 200, e.getMessage());
    }
  }

  @Provide
  Arbitrary<String> almost() {
    Arbitrary<String> pieces =
        Arbitraries.of(
            "//",
            "/",
            ":",
            "#",
            "?",
            "0",
            "1",
            "65535",
            "65536",
            "deadbeef",
            "tcp",
            "v=2",
            " ",
            "\t",
            "\r",
            "-",
            "+",
            "\u0661",
            "\u00e9",
            "99999999999");
    return pieces.list().ofMaxSize(8).map(list -> String.join("", list));
  }

  @Property
  void theGreetingIsReadBack(
      @ForAll @IntRange(min = 1, max = 65535) int port, @ForAll @IntRange(max = 2) int tls)
      throws ProtocolException {
    String greeting = ControlLine.greeting(port, tls);
    assertEquals("//" + port + "#" + tls + "\n", greeting);
    ControlLine line = ControlLine.parse(greeting);
    assertEquals(port, line.port());
    assertEquals(String.valueOf(tls), line.fragment());
  }

  @Property
  void everyIdThatThePoolMakesIsOneAndIsReadBack(@ForAll int bits) throws ProtocolException {
    String id = ReadyPool.hex(bits);
    assertTrue(ControlLine.isId(id), id);
    assertEquals(bits, Integer.parseUnsignedInt(id, 16));
    assertEquals("//" + id + "#1\n", ControlLine.tcp(id));
    assertEquals(new ControlLine(id, "1"), ControlLine.parse(ControlLine.tcp(id)));
  }

  @Test
  void aSchemeIsIgnored() throws ProtocolException {
    assertEquals(new ControlLine("deadbeef", "1"), ControlLine.parse("tcp://deadbeef#1"));
  }

  @Test
  void aQueryIsIgnored() throws ProtocolException {
    assertEquals(new ControlLine("4711", "1"), ControlLine.parse("//4711?v=2&x=//y#1"));
  }

  @Test
  void theFirstNumberSignCutsBeforeAnyQuestionMark() throws ProtocolException {
    assertEquals(new ControlLine("deadbeef", "1?x#2"), ControlLine.parse("//deadbeef#1?x#2"));
  }

  @Test
  void aPathIsIgnored() throws ProtocolException {
    assertEquals(new ControlLine("deadbeef", "1"), ControlLine.parse("//deadbeef/a/b#1"));
  }

  @Test
  void aMissingFragmentIsEmpty() throws ProtocolException {
    assertEquals(new ControlLine("deadbeef", ""), ControlLine.parse("//deadbeef"));
  }

  @Test
  void surroundingWhiteSpaceIsDropped() throws ProtocolException {
    assertEquals(new ControlLine("4711", "0"), ControlLine.parse(" \t//4711#0 \r"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "\r", "\t \r"})
  void aBlankLineIsHealth(String line) throws ProtocolException {
    assertTrue(ControlLine.parse(line).isHealth());
  }

  @ParameterizedTest
  @ValueSource(strings = {"deadbeef#1", "/deadbeef#1", "a//b#1", "//", "//#1", "//?x#1", "#//a#1"})
  void whatNamesNothingIsRefused(String line) {
    assertThrows(ProtocolException.class, () -> ControlLine.parse(line));
  }

  @Test
  void aRefusalShowsOnlyTheBeginningOfALongLine() {
    String line = "x".repeat(1000);
    ProtocolException e = assertThrows(ProtocolException.class, () -> ControlLine.parse(line));
    assertTrue(e.getMessage().contains("x".repeat(40) + "…"), e.getMessage());
    assertFalse(e.getMessage().contains("x".repeat(41)), e.getMessage());
  }

  @Test
  void theLowestAndTheHighestPortAreRead() throws ProtocolException {
    assertEquals(1, ControlLine.parse("//1#0").port());
    assertEquals(65535, ControlLine.parse("//65535#0").port());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"0", "65536", "4294967297", "99999999999999999999", "-1", "+1", "1a", "host:1"})
  void whatIsNoPortIsRefused(String port) throws ProtocolException {
    ControlLine line = ControlLine.parse("//" + port + "#0");
    ProtocolException e = assertThrows(ProtocolException.class, line::port);
    assertTrue(e.getMessage().contains(port), e.getMessage());
  }

  @Test
  void anIdIsEightHexDigits() {
    for (String id : List.of("00000000", "deadbeef", "DEADBEEF", "0123abCD")) {
      assertTrue(ControlLine.isId(id), id);
    }
    for (String id : List.of("", "deadbee", "deadbeef0", "deadbeeg", "dead eef", "-eadbeef")) {
      assertFalse(ControlLine.isId(id), id);
    }
  }
}
