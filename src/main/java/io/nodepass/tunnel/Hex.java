package io.nodepass.tunnel;

import java.util.HexFormat;

/** Bytes as hexadecimal digits in lower case, which is the only form that the wire has. */
final class Hex {
  private static final HexFormat LOWER = HexFormat.of();

  private Hex() {}

  static String of(byte[] bytes) {
    return LOWER.formatHex(bytes);
  }

  /** Null when it is not an even number of such digits. */
  static byte[] decode(String digits) {
    for (int i = 0; i < digits.length(); i++) {
      char c = digits.charAt(i);
      if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f')) {
        return null;
      }
    }
    return digits.length() % 2 != 0 ? null : LOWER.parseHex(digits);
  }
}
