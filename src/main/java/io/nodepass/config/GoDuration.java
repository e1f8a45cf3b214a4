package io.nodepass.config;

import java.time.Duration;

/**
 * Durations as Go writes them: a sign, then one or more numbers each with a unit of {@code h m s ms
 * us ns}, such as {@code 1m30s}, {@code 1.5h} or {@code 300ms}. Zero needs no unit. The whole must
 * fit in 63 bits of nanoseconds (292 years); what lies below a nanosecond is cut off.
 */
public final class GoDuration {
  private static final String EXAMPLES = "write it like 300ms, 5s, 1m30s or 1.5h";

  private final String text;
  private int at;

  private GoDuration(String text) {
    this.text = text;
  }

  /**
   * Reads a duration, which may be negative.
   *
   * @throws ConfigException naming the text and what is wrong with it
   */
  public static Duration parse(String text) throws ConfigException {
    return Duration.ofNanos(new GoDuration(text).nanos());
  }

  private long nanos() throws ConfigException {
    boolean negative = !text.isEmpty() && text.charAt(0) == '-';
    if (negative || (!text.isEmpty() && text.charAt(0) == '+')) {
      at++;
    }
    if (at == text.length()) {
      throw wrong("is empty");
    }
    if (at == text.length() - 1 && text.charAt(at) == '0') {
      return 0;
    }
    long sum = 0;
    while (at < text.length()) {
      sum = sum(sum, term());
    }
    return negative ? -sum : sum;
  }

  /** One number with its unit. */
  private long term() throws ConfigException {
    int start = at;
    long whole = 0;
    while (atDigit()) {
      whole = sum(product(whole, 10), digit(at++));
    }
    int digits = at - start;
    int fraction = at;
    int fractionEnd = at;
    if (at < text.length() && text.charAt(at) == '.') {
      fraction = ++at;
      while (atDigit()) {
        at++;
      }
      fractionEnd = at;
    }
    if (digits + fractionEnd - fraction == 0) {
      throw wrong("has no number where one must stand");
    }
    long unit = unit();
    // From the last digit to the first, so that every step is exact but for the final cut.
    long part = 0;
    for (int i = fractionEnd - 1; i >= fraction; i--) {
      part = (digit(i) * unit + part) / 10;
    }
    return sum(product(whole, unit), part);
  }

  private long unit() throws ConfigException {
    int start = at;
    while (at < text.length() && text.charAt(at) != '.' && !atDigit()) {
      at++;
    }
    String unit = text.substring(start, at);
    return switch (unit) {
      case "ns" -> 1L;
      // The micro sign and the Greek letter look alike and are both in use.
      case "us", "\u00b5s", "\u03bcs" -> 1_000L;
      case "ms" -> 1_000_000L;
      case "s" -> 1_000_000_000L;
      case "m" -> 60_000_000_000L;
      case "h" -> 3_600_000_000_000L;
      case "" -> throw wrong("lacks a unit");
      default -> throw wrong("has an unknown unit " + Quoted.of(unit));
    };
  }

  private boolean atDigit() {
    return at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9';
  }

  private int digit(int index) {
    return text.charAt(index) - '0';
  }

  private long product(long a, long b) throws ConfigException {
    if (a > Long.MAX_VALUE / b) {
      throw tooLong();
    }
    return a * b;
  }

  private long sum(long a, long b) throws ConfigException {
    if (a > Long.MAX_VALUE - b) {
      throw tooLong();
    }
    return a + b;
  }

  private ConfigException tooLong() {
    return new ConfigException("duration " + Quoted.of(text) + " is longer than 292 years");
  }

  private ConfigException wrong(String how) {
    return new ConfigException("duration " + Quoted.of(text) + " " + how + ": " + EXAMPLES);
  }
}
