package io.nodepass.telemetry;

import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.zone.ZoneRules;

/**
 * Lays out log lines: {@code 2026-01-31 12:34:56.789 INFO message}, with blanks so that messages
 * line up. For one thread: the text of the last second is kept, because most lines share it.
 */
final class LineFormat {
  private static final int LONGEST_MESSAGE = 8192;
  private static final String COLOUR_END = "\033[0m";

  private final ZoneRules zone;
  private final boolean coloured;
  private final StringBuilder second = new StringBuilder(20);
  private long formattedSecond = Long.MIN_VALUE;

  LineFormat(ZoneId zone, boolean coloured) {
    this.zone = zone.getRules();
    this.coloured = coloured;
  }

  /** Appends one line with its line break. The time is in milliseconds of the epoch. */
  void append(StringBuilder out, long millis, Level level, String message) {
    long epochSecond = Math.floorDiv(millis, 1000L);
    if (epochSecond != formattedSecond) {
      formatSecond(epochSecond);
    }
    out.append(second).append('.');
    padded(out, Math.floorMod(millis, 1000), 3);
    out.append("  ");
    if (coloured) {
      out.append(colour(level)).append(padded(level)).append(COLOUR_END);
    } else {
      out.append(padded(level));
    }
    out.append(' ');
    PlainText.append(out, message, LONGEST_MESSAGE);
    out.append('\n');
  }

  private static String padded(Level level) {
    return switch (level) {
      case DEBUG -> "DEBUG";
      case INFO -> "INFO ";
      case WARN -> "WARN ";
      case ERROR -> "ERROR";
      case FATAL -> "FATAL";
    };
  }

  private static String colour(Level level) {
    return switch (level) {
      case DEBUG -> "\033[36m";
      case INFO -> "\033[32m";
      case WARN -> "\033[33m";
      case ERROR -> "\033[31m";
      case FATAL -> "\033[35m";
    };
  }

  private void formatSecond(long epochSecond) {
    ZoneOffset offset = zone.getOffset(Instant.ofEpochSecond(epochSecond));
    LocalDateTime time = LocalDateTime.ofEpochSecond(epochSecond, 0, offset);
    second.setLength(0);
    padded(second, time.getYear(), 4);
    padded(second.append('-'), time.getMonthValue(), 2);
    padded(second.append('-'), time.getDayOfMonth(), 2);
    padded(second.append(' '), time.getHour(), 2);
    padded(second.append(':'), time.getMinute(), 2);
    padded(second.append(':'), time.getSecond(), 2);
    formattedSecond = epochSecond;
  }

  private static void padded(StringBuilder out, int value, int width) {
    for (int limit = width == 4 ? 1000 : width == 3 ? 100 : 10; limit > 1; limit /= 10) {
      if (value < limit) {
        out.append('0');
      }
    }
    out.append(value);
  }
}
