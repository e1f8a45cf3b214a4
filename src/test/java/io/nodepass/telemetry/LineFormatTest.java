package io.nodepass.telemetry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LineFormatTest {
  private static final long NEW_YEAR = 1_767_225_600_000L;

  private static String line(LineFormat format, long millis, Level level, String message) {
    StringBuilder out = new StringBuilder();
    format.append(out, millis, level, message);
    return out.toString();
  }

  private static LineFormat utc() {
    return new LineFormat(ZoneId.of("UTC"), false);
  }

  @ParameterizedTest
  @CsvSource({"DEBUG, 'DEBUG '", "INFO, 'INFO  '", "WARN, 'WARN  '", "ERROR, 'ERROR '"})
  void messagesOfAllLevelsLineUp(Level level, String column) {
    assertEquals(
        "2026-01-01 00:00:00.007  " + column + "hello\n",
        line(utc(), NEW_YEAR + 7, level, "hello"));
  }

  @Test
  void theSecondIsFormattedAnewWhenItChanges() {
    LineFormat format = utc();
    assertTrue(line(format, NEW_YEAR - 1, Level.INFO, "").startsWith("2025-12-31 23:59:59.999 "));
    assertTrue(line(format, NEW_YEAR, Level.INFO, "").startsWith("2026-01-01 00:00:00.000 "));
    assertTrue(line(format, NEW_YEAR + 80, Level.INFO, "").startsWith("2026-01-01 00:00:00.080 "));
    assertTrue(line(format, NEW_YEAR - 1, Level.INFO, "").startsWith("2025-12-31 23:59:59.999 "));
  }

  @Property
  void theTimeIsThatOfTheZone(
      @ForAll @LongRange(min = -2_000_000_000_000L, max = 9_000_000_000_000L) long millis) {
    ZoneId zone = ZoneId.of("Europe/Berlin");
    ZonedDateTime time = ZonedDateTime.ofInstant(Instant.ofEpochMilli(millis), zone);
    String wanted = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSS").format(time);
    assertEquals(
        wanted + "  WARN  x\n", line(new LineFormat(zone, false), millis, Level.WARN, "x"));
  }

  @Property
  void anyMessageGivesExactlyOneLineWithoutEscapeCodes(@ForAll String message) {
    String line = line(utc(), NEW_YEAR, Level.INFO, message);
    assertEquals(line.length() - 1, line.indexOf('\n'));
    assertEquals(1, line.lines().count());
    assertFalse(line.chars().limit(line.length() - 1L).anyMatch(Character::isISOControl), line);
    String shown = line.substring(31, line.length() - 1);
    assertEquals(
        message.codePointCount(0, message.length()), shown.codePointCount(0, shown.length()));
  }

  @Test
  void whatAForgerWouldNeedIsReplaced() {
    assertEquals(
        "2026-01-01 00:00:00.000  INFO  a b  c?[2J?d?e?f?g?h\n",
        line(utc(), NEW_YEAR, Level.INFO, "a\nb\r\tc\033[2J\u009bd\u202ee\u2028f\u0000g\ud800h"));
  }

  @Test
  void lettersOfAllScriptsStay() {
    String message = "f\u00fcr \u96a7\u9053 \ud83d\ude80";
    assertTrue(line(utc(), NEW_YEAR, Level.INFO, message).endsWith("  " + message + "\n"));
  }

  @Test
  void anEndlessMessageIsCut() {
    String line = line(utc(), NEW_YEAR, Level.INFO, "x".repeat(100_000));
    assertTrue(line.length() < 8300, () -> "length " + line.length());
    assertTrue(line.endsWith("xxx...\n"));
  }

  @Test
  void onlyTheLevelIsColoured() {
    LineFormat format = new LineFormat(ZoneId.of("UTC"), true);
    assertEquals(
        "2026-01-01 00:00:00.000  \033[31mERROR\033[0m down\n",
        line(format, NEW_YEAR, Level.ERROR, "down"));
  }
}
