package io.nodepass.tunnel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.TimeUnit;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PoolSizerTest {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
  private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);

  /** Old enough that its use does not look like a shortage. */
  private static final long OLD = 60 * SECOND;

  /** Something that happens to a sizer, a while after the last. */
  record Step(long pause, int uses, long age, long dial) {}

  @Property
  void theTargetIsAlwaysWithinItsBounds(
      @ForAll("origin") long origin,
      @ForAll @IntRange(min = 1, max = 5000) int min,
      @ForAll("spread") int spread,
      @ForAll("steps") List<Step> steps) {
    int max = spread > Integer.MAX_VALUE - min ? Integer.MAX_VALUE : min + spread;
    PoolSizer sizer = new PoolSizer(min, max, origin);
    long now = origin;
    for (Step step : steps) {
      now += step.pause;
      sizer.observeDial(step.dial);
      for (int i = 0; i < step.uses; i++) {
        sizer.used(now, step.age);
      }
      int target = sizer.target(now);
      assertTrue(target >= min && target <= max, () -> target + " of " + min + ".." + max);
    }
  }

  @Provide
  Arbitrary<Long> origin() {
    // The clock counts from an arbitrary moment, which may lie ahead, and may wrap around.
    return Arbitraries.of(0L, 1L, -1L, -3 * SECOND, Long.MAX_VALUE - SECOND, Long.MIN_VALUE);
  }

  @Provide
  Arbitrary<Integer> spread() {
    return Arbitraries.oneOf(
        Arbitraries.integers().between(0, 5000), Arbitraries.just(Integer.MAX_VALUE));
  }

  @Provide
  Arbitrary<List<Step>> steps() {
    Arbitrary<Long> pauses = Arbitraries.longs().between(0, 7 * SECOND);
    Arbitrary<Long> ages = Arbitraries.longs().between(0, 2 * SECOND);
    Arbitrary<Long> dials = Arbitraries.longs().between(0, 10 * SECOND);
    return Combinators.combine(pauses, Arbitraries.integers().between(0, 300), ages, dials)
        .as(Step::new)
        .list()
        .ofMaxSize(60);
  }

  @ParameterizedTest
  @ValueSource(longs = {0, -3_000_000_000L, Long.MAX_VALUE - 1_000_000_000L})
  void nobodyArrivingMeansTheMinimum(long origin) {
    PoolSizer sizer = new PoolSizer(16, 1024, origin);
    for (int i = 0; i < 100; i++) {
      assertEquals(16, sizer.target(origin + i * 100L * MILLI));
    }
  }

  /** What arrives while one connection becomes usable (named, then rested), twice over. */
  @ParameterizedTest
  @CsvSource({"100, 1", "1000, 1", "3000, 1", "100, 80", "500, 80"})
  void aSteadyRateIsCoveredTwiceOver(int rate, long dialMillis) {
    PoolSizer sizer = new PoolSizer(16, 1024, 0);
    for (int i = 0; i < 200; i++) {
      sizer.observeDial(dialMillis * MILLI);
    }
    long now = 0;
    for (int i = 0; i < 4 * rate; i++) {
      now = i * SECOND / rate;
      sizer.used(now, OLD);
    }
    double usable = (dialMillis * 1.5 + 50) / 1000;
    double least = 16 + 2 * rate * usable;
    double most = 16 + 2.2 * rate * (usable + 0.05) + 1;
    int target = sizer.target(now);
    assertTrue(target >= least && target <= most, least + " <= " + target + " <= " + most);
  }

  /** Ten at a time, a thousand a second, for ten seconds. */
  @Test
  void connectionsThatComeBackNeedNoOthersInTheirPlaceAndThoseThatDoNotDo() {
    PoolSizer sizer = new PoolSizer(16, 1024, 0, 0);
    long now = 0;
    int most = 0;
    for (int i = 0; i < 1000; i++) {
      for (int user = 0; user < 10; user++) {
        sizer.used(now, OLD);
      }
      most = Math.max(most, sizer.target(now));
      now += 10 * MILLI;
      for (int user = 0; user < 10; user++) {
        sizer.returned(now);
      }
    }
    assertTrue(most > 16 && most <= 16 + 10, most + " for ten at a time");
    for (int i = 0; i < 10 + 100; i++) { // as many as have just come back, and a hundred more
      sizer.used(now, OLD);
    }
    assertEquals(16 + 40, sizer.target(now), "a hundred in half a second, for a tenth, twice over");
  }

  @Test
  void aConnectionThatIsUsedAsSoonAsItIsReadyDoublesThePool() {
    PoolSizer sizer = new PoolSizer(16, 1024, 0);
    int before = sizer.target(SECOND);
    sizer.used(SECOND, 60 * MILLI);
    int once = sizer.target(SECOND);
    assertTrue(once >= 2 * before && once <= 4 * before, before + " became " + once);
    sizer.used(SECOND + MILLI, 60 * MILLI);
    assertTrue(sizer.target(SECOND + MILLI) < 2 * once, "doubled before it could have helped");
    sizer.used(SECOND + 100 * MILLI, 60 * MILLI);
    assertTrue(sizer.target(SECOND + 100 * MILLI) >= 2 * once, "still short, but not doubled");
  }

  @Test
  void aGreatestSizeBeyondAllReasonDoesNotTurnIntoTheSmallest() {
    PoolSizer sizer = new PoolSizer(16, Integer.MAX_VALUE, 0);
    long now = 0;
    int last = 0;
    for (int i = 0; i < 100; i++) {
      now += 100 * MILLI;
      sizer.used(now, 0);
      assertTrue(sizer.target(now) >= last, last + " became " + sizer.target(now));
      last = sizer.target(now);
    }
    assertEquals(Integer.MAX_VALUE, last);
  }

  @Test
  void theGreatestSizeIsReachedAndNotExceeded() {
    PoolSizer sizer = new PoolSizer(16, 1024, 0);
    long now = SECOND;
    for (int i = 0; i < 20; i++) {
      now += 100 * MILLI;
      sizer.used(now, 0);
    }
    assertEquals(1024, sizer.target(now));
  }

  @Test
  void thePoolShrinksSlowlyAndIsSmallAgainAfterTwelveQuietSeconds() {
    PoolSizer sizer = new PoolSizer(16, 1024, 0);
    long now = SECOND;
    for (int i = 0; i < 20; i++) {
      now += 100 * MILLI;
      sizer.used(now, 0);
    }
    int last = sizer.target(now);
    assertTrue(sizer.target(now + SECOND / 2) >= last / 2, "was given back at once");
    for (int i = 0; i < 12; i++) {
      now += SECOND;
      int target = sizer.target(now);
      assertTrue(target <= last, "grew while nobody came");
      last = target;
    }
    assertEquals(16, last);
  }

  @Test
  void thousandsASecondNearbyNeverRunDryOnceThePoolHasGrown() {
    PoolSimulation pool = new PoolSimulation(16, 1024, 1, 0);
    pool.run(1000, 3);
    pool.untilNobodyWaits(1000, 3);
    assertTrue(pool.millis() <= 1200, "took " + pool.millis() + " ms");
    pool.neverDry(8000, 3);
  }

  @Test
  void aHundredASecondFarAwayNeverRunDryAfterTheFirstSecond() {
    PoolSimulation pool = new PoolSimulation(16, 1024, 160, 80);
    pool.run(1000, 0.1);
    pool.untilNobodyWaits(500, 0.1);
    assertTrue(pool.millis() <= 1200, "took " + pool.millis() + " ms");
    pool.neverDry(8000, 0.1);
  }

  @Test
  void aBurstIsServedWithinASecond() {
    PoolSimulation pool = new PoolSimulation(16, 1024, 1, 0);
    pool.run(3000, 0);
    pool.arrive(200);
    pool.untilNobodyWaits(1000, 0);
    pool.run(15_000, 0);
    assertEquals(16, pool.target());
  }

  @Test
  void aSecondBurstSoonAfterTheFirstFindsAGreaterPool() {
    PoolSimulation pool = new PoolSimulation(16, 1024, 1, 0);
    pool.run(3000, 0);
    pool.arrive(200);
    pool.untilNobodyWaits(1000, 0);
    long first = pool.millis() - 3000;
    pool.run(1000, 0);
    long then = pool.millis();
    pool.arrive(200);
    pool.untilNobodyWaits(1000, 0);
    assertTrue(pool.millis() - then < first, (pool.millis() - then) + " ms, first " + first);
  }
}
