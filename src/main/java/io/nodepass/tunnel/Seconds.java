package io.nodepass.tunnel;

import java.util.concurrent.TimeUnit;

/** Durations as log lines show them. */
final class Seconds {
  private Seconds() {}

  /** Appends {@code 1.234 s}. */
  static StringBuilder append(StringBuilder text, long nanos) {
    long millis = Math.max(0, TimeUnit.NANOSECONDS.toMillis(nanos));
    long rest = millis % 1000;
    text.append(millis / 1000).append('.');
    if (rest < 100) {
      text.append('0');
    }
    if (rest < 10) {
      text.append('0');
    }
    return text.append(rest).append(" s");
  }

  static String text(long nanos) {
    return append(new StringBuilder(12), nanos).toString();
  }
}
