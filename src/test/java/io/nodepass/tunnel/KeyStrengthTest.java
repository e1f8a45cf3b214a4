package io.nodepass.tunnel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Base64;
import java.util.HexFormat;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KeyStrengthTest {
  @ParameterizedTest
  @CsvSource({
    "1, 3",
    "12345678, 26",
    "deadbeef00, 40",
    "DEADBEEF00, 40",
    "deadBEEF00, 60",
    "hunter2, 36",
    "abcdefgh, 37",
    "correct horse battery staple, 164",
    "密钥, 28",
    "\uD83D\uDD11, 14",
  })
  void itIsTheLengthTimesTheBitsOfTheAlphabet(String key, int bits) {
    assertEquals(bits, (int) KeyStrength.bits(key));
  }

  /** Whatever the random numbers are: no digit may turn up, or no capital. */
  @Property
  void aKeyOfThirtyTwoRandomBytesIsGoodEnough(@ForAll @Size(32) byte[] bytes) {
    String key = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    // The few that are drawn from one case alone are the edge cases of the generator, not of
    // chance.
    boolean bothCases = key.matches(".*[a-z].*") && key.matches(".*[A-Z].*");
    assertTrue(!bothCases || KeyStrength.bits(key) >= KeyStrength.GOOD, key);
    String hex = HexFormat.of().formatHex(bytes);
    boolean both = hex.matches(".*[a-f].*") && hex.matches(".*[0-9].*");
    assertTrue(!both || KeyStrength.bits(hex) >= KeyStrength.GOOD, hex);
  }
}
