package io.nodepass.config;

/** Whole numbers as configuration writes them: ASCII digits and nothing else. */
final class DecimalNumber {
  private DecimalNumber() {}

  /** The number, or -1 when the text is not one or is above {@link Integer#MAX_VALUE}. */
  static int parse(String text) {
    if (text.isEmpty()) {
      return -1;
    }
    long value = 0;
    for (int i = 0; i < text.length(); i++) {
      int digit = text.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        return -1;
      }
      value = value * 10 + digit;
      if (value > Integer.MAX_VALUE) {
        return -1;
      }
    }
    return (int) value;
  }
}
