package io.nodepass.bench.report;

import java.util.Locale;

/** One JSON object on one line. */
final class Json {
  private final StringBuilder text = new StringBuilder("{");

  Json add(String key, String value) {
    return raw(key, quote(value));
  }

  /** A value that is no number becomes null. */
  Json add(String key, double value) {
    if (!Double.isFinite(value)) {
      return raw(key, "null");
    }
    return raw(
        key,
        value == Math.rint(value) && Math.abs(value) < 1e15
            ? Long.toString((long) value)
            : String.format(Locale.ROOT, "%.6g", value));
  }

  private Json raw(String key, String value) {
    if (text.length() > 1) {
      text.append(", ");
    }
    text.append(quote(key)).append(": ").append(value);
    return this;
  }

  private static String quote(String value) {
    StringBuilder quoted = new StringBuilder("\"");
    for (char c : value.toCharArray()) {
      if (c == '"' || c == '\\') {
        quoted.append('\\').append(c);
      } else if (c < ' ') {
        quoted.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
      } else {
        quoted.append(c);
      }
    }
    return quoted.append('"').toString();
  }

  @Override
  public String toString() {
    return text + "}";
  }
}
