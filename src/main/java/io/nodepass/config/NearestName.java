package io.nodepass.config;

import java.util.Collection;
import java.util.Locale;

/** Finds the known name that a mistyped one was probably meant to be. */
public final class NearestName {
  private static final int LONGEST = 40;

  /** Cost of a letter too much, too few or wrong. Letters in the wrong order are likelier. */
  private static final int SLIP = 2;

  private static final int SWAP = 1;

  private NearestName() {}

  /**
   * A hint to append to a message: {@code "; did you mean x?"}, or the empty string when nothing is
   * near. Near is one slip in a short word, one slip per three letters in a long one.
   */
  public static String hint(String wrong, Collection<String> known) {
    String nearest = of(wrong, known);
    return nearest == null ? "" : "; did you mean " + nearest + "?";
  }

  /** The nearest known name (the first of equals), or null when none is near. */
  public static String of(String wrong, Collection<String> known) {
    if (wrong.isEmpty() || wrong.length() > LONGEST) {
      return null;
    }
    String word = wrong.toLowerCase(Locale.ROOT);
    int best = SLIP * Math.max(1, word.length() / 3) + 1;
    String nearest = null;
    for (String name : known) {
      int distance = distance(word, name.toLowerCase(Locale.ROOT));
      // A slip that leaves no letter in common is no hint: "x" is not "lb".
      if (distance < best && distance < SLIP * Math.max(word.length(), name.length())) {
        best = distance;
        nearest = name;
      }
    }
    return nearest;
  }

  /** The cost of what turns one into the other. */
  static int distance(String a, String b) {
    int[] beforeLast = new int[b.length() + 1];
    int[] last = new int[b.length() + 1];
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      last[j] = j * SLIP;
    }
    for (int i = 1; i <= a.length(); i++) {
      row[0] = i * SLIP;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = last[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : SLIP);
        row[j] = Math.min(replaced, SLIP + Math.min(last[j], row[j - 1]));
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          row[j] = Math.min(row[j], beforeLast[j - 2] + SWAP);
        }
      }
      int[] free = beforeLast;
      beforeLast = last;
      last = row;
      row = free;
    }
    return last[b.length()];
  }
}
