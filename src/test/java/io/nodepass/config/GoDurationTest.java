package io.nodepass.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.Chars;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GoDurationTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "-0, 0",
    "0s, 0",
    "300ms, 300000000",
    "1m30s, 90000000000",
    "1.5h, 5400000000000",
    "2h45m, 9900000000000",
    "1h0m0.5s, 3600500000000",
    ".5s, 500000000",
    "5.s, 5000000000",
    "+5s, 5000000000",
    "-1.5h, -5400000000000",
    "7us, 7000",
    "7\u00b5s, 7000",
    "7\u03bcs, 7000",
    "7ns, 7",
    "0.9ns, 0",
    "1s1h1s, 3602000000000",
    "0.0000000000000000000000000001h, 0",
    "0.3333333333333333333h, 1199999999999",
    "9223372036854775807ns, 9223372036854775807",
    "2562047h47m16.854775807s, 9223372036854775807",
  })
  void goSyntaxIsRead(String text, long nanos) throws ConfigException {
    assertEquals(Duration.ofNanos(nanos), GoDuration.parse(text));
  }

  @ParameterizedTest
  @CsvSource({
    "'', is empty",
    "-, is empty",
    "5, lacks a unit",
    "00, lacks a unit",
    "1m30, lacks a unit",
    "s, has no number where one must stand",
    ".s, has no number where one must stand",
    "--5s, has no number where one must stand",
    "5s-3s, 'has an unknown unit \"s-\"'",
    "1d, 'has an unknown unit \"d\"'",
    "5 s, 'has an unknown unit \" s\"'",
    "5S, 'has an unknown unit \"S\"'",
    "1.5.5s, lacks a unit",
    "\u0665s, has no number where one must stand",
    "9223372036854775808ns, is longer than 292 years",
    "99999999999999999999ns, is longer than 292 years",
    "9999999h, is longer than 292 years",
    "2562047h47m16.854775808s, is longer than 292 years",
  })
  void everyMistakeHasItsOwnMessage(String text, String message) {
    ConfigException e = assertThrows(ConfigException.class, () -> GoDuration.parse(text));
    assertTrue(e.getMessage().contains(message), e.getMessage());
    assertTrue(e.getMessage().contains("duration \"" + text + '"'), e.getMessage());
  }

  @Property
  void whatGoPrintsIsReadBack(@ForAll @LongRange(min = -Long.MAX_VALUE) long nanos)
      throws ConfigException {
    assertEquals(Duration.ofNanos(nanos), GoDuration.parse(print(nanos)));
  }

  @Property
  void garbageIsRefusedOrRead(@ForAll String text) {
    readOrRefuse(text);
  }

  @Property
  void nearGarbageIsRefusedOrRead(
      @ForAll @Chars({'.', '-', 'n', 'u', 'm', 's', 'h'}) @CharRange(from = '0', to = '9')
          String text) {
    readOrRefuse(text);
  }

  private static void readOrRefuse(String text) {
    try {
      GoDuration.parse(text);
    } catch (ConfigException e) {
      assertTrue(e.getMessage().startsWith("duration "), e.getMessage());
    }
  }

  /** Hours, minutes and seconds with nine decimals: {@code -1h2m3.000000004s}. */
  private static String print(long nanos) {
    long rest = Math.abs(nanos);
    StringBuilder out = new StringBuilder(nanos < 0 ? "-" : "");
    out.append(rest / 3_600_000_000_000L).append('h');
    rest %= 3_600_000_000_000L;
    out.append(rest / 60_000_000_000L).append('m');
    rest %= 60_000_000_000L;
    String decimals = Long.toString(1_000_000_000L + rest % 1_000_000_000L).substring(1);
    return out.append(rest / 1_000_000_000L).append('.').append(decimals).append('s').toString();
  }
}
