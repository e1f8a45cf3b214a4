package io.nodepass.tunnel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HexTest {
  @Property
  void bytesComeBackAsTheyWere(@ForAll byte[] bytes) {
    String digits = Hex.of(bytes);
    assertEquals(2 * bytes.length, digits.length());
    assertArrayEquals(bytes, Hex.decode(digits));
  }

  @Example
  void digitsAreInLowerCaseWithTheHighHalfFirst() {
    assertEquals("007f80abff", Hex.of(new byte[] {0, 0x7f, (byte) 0x80, (byte) 0xab, -1}));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "abc", "AB", "0g", " 0", "0x00", "é0", "٠٠", "-1", "0\n"})
  void whatIsNotAnEvenNumberOfSuchDigitsIsNull(String text) {
    assertNull(Hex.decode(text));
  }
}
