package io.nodepass.tunnel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class UsedNumbersTest {
  private static final int WINDOW = 1024;
  private static final long LARGEST = 1L << 62;

  /** What the protocol says, in the simplest words. */
  private static final class Model {
    private final Set<Long> taken = new HashSet<>();
    private long highest;

    boolean take(long number) {
      boolean fresh = number >= 1 && number > highest - WINDOW && taken.add(number);
      highest = fresh ? Math.max(highest, number) : highest;
      return fresh;
    }
  }

  /** Steps from the highest number so far: mostly near it and near the window's two edges. */
  @Provide
  Arbitrary<List<Long>> steps() {
    Arbitrary<Long> near = Arbitraries.longs().between(-4, 4);
    return Arbitraries.oneOf(
            near,
            near.map(n -> n - WINDOW),
            near.map(n -> n + WINDOW),
            Arbitraries.longs().between(-WINDOW, WINDOW),
            Arbitraries.longs().between(-5 * WINDOW, 5 * WINDOW))
        .list()
        .ofMaxSize(300);
  }

  @Property
  void itTakesWhatTheModelTakes(@ForAll("steps") List<Long> steps) {
    UsedNumbers numbers = new UsedNumbers();
    Model model = new Model();
    for (long step : steps) {
      long number = model.highest + step;
      assertEquals(model.take(number), numbers.take(number), () -> "number " + number);
    }
  }

  @Test
  void theWindowEndsAThousandAndTwentyThreeBelowTheHighest() {
    UsedNumbers numbers = new UsedNumbers();
    assertTrue(numbers.take(5000));
    assertFalse(numbers.take(5000));
    assertTrue(numbers.take(5000 - 1023));
    assertFalse(numbers.take(5000 - 1023));
    assertFalse(numbers.take(5000 - 1024), "the first one below");
    assertTrue(numbers.take(5001));
    assertFalse(numbers.take(5001 - 1024), "was the lowest before");
  }

  @Test
  void numbersBelowOneAreNoneAndTheLargestIsOne() {
    UsedNumbers numbers = new UsedNumbers();
    assertFalse(numbers.take(0));
    assertFalse(numbers.take(-1));
    assertFalse(numbers.take(Long.MIN_VALUE));
    assertTrue(numbers.take(1));
    assertTrue(numbers.take(LARGEST));
    assertFalse(numbers.take(LARGEST));
    assertTrue(numbers.take(LARGEST - 1023));
    assertFalse(numbers.take(2));
    assertFalse(numbers.take(0));
  }
}
