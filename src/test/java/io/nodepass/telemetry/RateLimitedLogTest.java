package io.nodepass.telemetry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RateLimitedLogTest {
  private static final long SECOND = 1_000_000_000L;

  private final List<String> lines = new ArrayList<>();
  private long now = -5 * SECOND;

  private final Log sink =
      new Log() {
        @Override
        public boolean on(Level level) {
          return level != Level.DEBUG;
        }

        @Override
        public void write(Level level, String message) {
          lines.add(level + " " + message);
        }
      };

  private final RateLimitedLog log =
      new RateLimitedLog(sink, "strangers", 20, Duration.ofSeconds(10), () -> now);

  private void info(int count) {
    for (int i = 0; i < count; i++) {
      log.info("x");
    }
  }

  @Test
  void aBurstPassesUpToTheLimitAndTheRestIsSummedUp() {
    info(57);
    assertEquals(20, lines.size());
    now += 10 * SECOND - 1;
    log.report();
    assertEquals(20, lines.size());
    now += 1;
    log.report();
    assertEquals("INFO strangers: 37 more like it in the last 10 s", lines.get(20));
    log.report();
    assertEquals(21, lines.size());
  }

  @Test
  void theNextLineBringsTheSummaryWithItsRealTime() {
    info(21);
    now += 60 * SECOND;
    log.warn("y");
    assertEquals(
        List.of("INFO strangers: 1 more like it in the last 60 s", "WARN y"),
        lines.subList(20, 22));
  }

  @Test
  void roomComesBackLittleByLittle() {
    info(20);
    now += SECOND / 2;
    info(2);
    assertEquals(21, lines.size());
    now += SECOND;
    info(3);
    assertEquals(23, lines.size());
  }

  @Test
  void aLongFloodStaysWithinTheRate() {
    for (int i = 0; i < 100_000; i++) {
      now += SECOND / 1000;
      log.info("x");
    }
    // 100 seconds: the first burst, two lines a second, a summary every ten seconds.
    assertTrue(lines.size() <= 20 + 200 + 10, () -> lines.size() + " lines");
    assertTrue(lines.size() >= 200, () -> lines.size() + " lines");
  }

  @Test
  void theSummaryHasTheMostSevereLevelThatWasSuppressed() {
    info(21);
    log.error("x");
    log.warn("x");
    now += 10 * SECOND;
    log.report();
    assertEquals("ERROR strangers: 3 more like it in the last 10 s", lines.get(20));
  }

  @Test
  void linesThatAreOffCostNothing() {
    for (int i = 0; i < 100; i++) {
      log.debug("x");
    }
    info(20);
    now += 60 * SECOND;
    log.report();
    assertEquals(20, lines.size());
  }
}
