package io.nodepass.tunnel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** How long a client rests between its attempts. */
class BackOffTest {
  private static final long MILLI = 1_000_000;
  private static final double MIDDLE = 0.5;

  private static List<Long> millis(BackOff backOff, int count) {
    return Stream.generate(() -> backOff.pause(MIDDLE) / MILLI).limit(count).toList();
  }

  @Test
  void beforeItIsReadyItBeginsWithAQuarterOfASecondAndDoublesUpToTheCooldown() {
    assertEquals(
        List.of(250L, 500L, 1000L, 2000L, 4000L, 5000L, 7500L),
        millis(new BackOff(5000 * MILLI), 7));
    assertEquals(List.of(200L, 300L), millis(new BackOff(200 * MILLI), 2));
  }

  @Test
  void afterThatItGrowsByHalfUpToFourTimesTheCooldownAndStartsOver() {
    BackOff backOff = new BackOff(1000 * MILLI);
    backOff.pause(MIDDLE);
    backOff.succeeded();
    List<Long> growing = List.of(1000L, 1500L, 2250L, 3375L, 4000L, 4000L);
    assertEquals(growing, millis(backOff, 6));
    backOff.succeeded();
    assertEquals(growing, millis(backOff, 6));
  }

  @Test
  void itVariesByAFifthBothWays() {
    BackOff backOff = new BackOff(1000 * MILLI);
    backOff.succeeded();
    assertEquals(800 * MILLI, backOff.pause(0));
    backOff.succeeded();
    assertEquals(1200 * MILLI, backOff.pause(1));
  }

  @Test
  void aCooldownOfNothingIsNoBusyLoop() {
    assertEquals(List.of(100L, 150L), millis(new BackOff(0), 2));
  }
}
