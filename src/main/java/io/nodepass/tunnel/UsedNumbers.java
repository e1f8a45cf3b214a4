package io.nodepass.tunnel;

import java.util.BitSet;

/**
 * Which numbers of data connections a session has taken: each once, in any order, but none that is
 * far below the highest. For one thread.
 */
final class UsedNumbers {
  static final int WINDOW = 1024;

  private final BitSet taken = new BitSet(WINDOW);
  private long highest;

  /** Whether it is new; from then on it is not. */
  boolean take(long number) {
    if (number > highest) {
      if (number - highest >= WINDOW) {
        taken.clear();
      } else {
        for (long n = highest + 1; n < number; n++) {
          taken.clear(slot(n));
        }
      }
      highest = number;
      taken.set(slot(number));
      return true;
    }
    if (number < 1 || highest - number >= WINDOW || taken.get(slot(number))) {
      return false;
    }
    taken.set(slot(number));
    return true;
  }

  private static int slot(long number) {
    return (int) (number % WINDOW);
  }
}
