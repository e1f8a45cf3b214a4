package io.nodepass.tunnel;

/**
 * What a key is worth at best. Whoever has watched a handshake in mode 0, or was asked in the
 * server's place, may try keys for as long as he likes, and only the key's own randomness stops
 * him.
 *
 * <p>The estimate is the number of characters times log2 of the alphabet that they seem to be drawn
 * from: 10 for digits alone, 16 for hexadecimal digits of one case, 64 as soon as letters of both
 * cases are there (base64 has them all, whether or not a digit turns up), else 26 for letters and
 * 10 for digits; 33 more for the other characters of ASCII, and 20,000 more beyond it. A key that
 * somebody has thought of is worth far less than that; none is worth more.
 */
final class KeyStrength {
  /** Below this a key can be told not to be as good as one of {@code nodepass keygen}. */
  static final int GOOD = 256;

  private static final int DIGITS = 10;
  private static final int LETTERS = 26;
  private static final int HEXADECIMAL = 16;
  private static final int BASE64 = 64;
  private static final int SIGNS = 33;
  private static final int BEYOND_ASCII = 20_000;

  private KeyStrength() {}

  /** The most bits that the key can have. */
  static double bits(String key) {
    return key.codePointCount(0, key.length()) * (Math.log(alphabet(key)) / Math.log(2));
  }

  private static int alphabet(String key) {
    boolean digits = has(key, '0', '9');
    boolean small = has(key, 'a', 'z');
    boolean capital = has(key, 'A', 'Z');
    int signs = key.chars().anyMatch(c -> c < 0x80 && !isWord(c)) ? SIGNS : 0;
    int beyond = key.chars().anyMatch(c -> c >= 0x80) ? BEYOND_ASCII : 0;
    if (digits && small != capital && signs + beyond == 0 && !hasBeyondHex(key)) {
      return HEXADECIMAL;
    }
    int words =
        small && capital ? BASE64 : (small || capital ? LETTERS : 0) + (digits ? DIGITS : 0);
    return words + signs + beyond;
  }

  private static boolean has(String key, char low, char high) {
    return key.chars().anyMatch(c -> c >= low && c <= high);
  }

  private static boolean hasBeyondHex(String key) {
    return has(key, 'g', 'z') || has(key, 'G', 'Z');
  }

  private static boolean isWord(int c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  }
}
