package io.nodepass.config;

import java.util.Optional;

/**
 * Where the key comes from that both ends share. No message and no log may show the key, so neither
 * does the text of this record.
 *
 * @param origin who gave it
 * @param text the key itself, or for {@link Origin#FILE} the path as it was written: nothing has
 *     looked at that file
 */
public record KeySource(Origin origin, String text) {
  /** Most characters of a key. */
  public static final int MAX_LENGTH = 1024;

  private static final char UNREADABLE = '\uFFFD';

  /** What gave the key, in the words of a message. */
  public enum Origin {
    URL("the key before @"),
    FILE("secret_file"),
    VARIABLE("environment variable NODEPASS_KEY");

    private final String label;

    Origin(String label) {
      this.label = label;
    }

    /** How a message speaks of it. */
    public String label() {
      return label;
    }
  }

  /**
   * What is wrong with a key, and what would be right; empty when it can be used.
   *
   * @return words that follow on the name of where it comes from: "is empty"
   */
  public static Optional<String> fault(String key) {
    if (key.isEmpty()) {
      return Optional.of("is empty: nodepass keygen makes one");
    }
    if (key.codePointCount(0, key.length()) > MAX_LENGTH) {
      return Optional.of(
          "has more than " + MAX_LENGTH + " characters: nodepass keygen makes one of 43");
    }
    if (key.chars().anyMatch(Character::isISOControl)) {
      return Optional.of(
          "holds a control character, such as a line break or a tab: a key is one line of text");
    }
    // Text that the JVM could not read would make another key than the one that was meant.
    if (key.codePoints().anyMatch(c -> c == UNREADABLE || isHalf(c))) {
      return Optional.of(
          "has characters that cannot be read here: set a locale with UTF-8, such as"
              + " LC_ALL=C.UTF-8, or use a key of plain ASCII, which nodepass keygen makes");
    }
    return Optional.empty();
  }

  private static boolean isHalf(int codePoint) {
    return codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE;
  }

  @Override
  public String toString() {
    return origin == Origin.FILE ? origin.label() + "=" + text : origin.label();
  }
}
