package io.nodepass.config;

/** ASCII hexadecimal digits; {@link Character#digit} would take those of other scripts as well. */
final class HexDigit {
  private HexDigit() {}

  /** The value 0..15, or -1. */
  static int of(char c) {
    return c < 0x80 ? Character.digit(c, 16) : -1;
  }
}
