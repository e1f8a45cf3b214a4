package io.nodepass.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What becomes of the nine numbers, from the environment and from the URL. */
class TunnelLimitsTest {
  private final List<String> warnings = new ArrayList<>();

  private TunnelConfig parse(String url, Map<String, String> env) throws ConfigException {
    return TunnelUrl.parse(url, env, warnings::add);
  }

  private TunnelConfig parse(String url) throws ConfigException {
    return parse(url, Map.of());
  }

  @Test
  void theEnvironmentCompletesTheUrl() throws ConfigException {
    Map<String, String> env =
        Map.of("SEMAPHORE_LIMIT", "9", "REPORT_INTERVAL", "1m30s", "SERVICE_COOLDOWN", "1s");
    Limits limits = parse("client://h:1/h:2?service_cooldown=2s", env).limits();
    assertEquals(9, limits.semaphore());
    assertEquals(Duration.ofSeconds(90), limits.reportInterval());
    assertEquals(Duration.ofSeconds(2), limits.cooldown());
    assertEquals(List.of(), warnings);
  }

  @ParameterizedTest
  @CsvSource({
    "SEMAPHORE_LIMIT, many, 1024",
    "SEMAPHORE_LIMIT, -1, 1024",
    "MIN_POOL_CAPACITY, 1.5, 16",
    "MAX_POOL_CAPACITY, 99999999999, 1024",
    "UDP_DATA_BUF_SIZE, 8k, 8192",
    "UDP_READ_TIMEOUT, 5, 5s",
    "REPORT_INTERVAL, -5s, 5s",
    "RELOAD_INTERVAL, 1d, 1h",
    "SERVICE_COOLDOWN, ' 5s', 5s",
    "SHUTDOWN_TIMEOUT, soon, 5s"
  })
  void aBadValueInTheEnvironmentGivesTheDefaultAndOneWarning(
      String name, String value, String usedInstead) throws ConfigException {
    assertEquals(Limits.DEFAULTS, parse("server://h:1/h:2", Map.of(name, value)).limits());
    assertEquals(1, warnings.size(), warnings::toString);
    String warning = warnings.get(0);
    assertTrue(warning.contains(name), warning);
    assertTrue(warning.contains('"' + value + '"'), warning);
    assertTrue(warning.endsWith("the default " + usedInstead + " is used"), warning);
  }

  @Test
  void anEmptyOrOverruledVariableGivesNoWarning() throws ConfigException {
    Map<String, String> env = Map.of("SEMAPHORE_LIMIT", "", "REPORT_INTERVAL", "x");
    parse("server://h:1/h:2?report_interval=1s", env);
    assertEquals(List.of(), warnings);
  }

  @Test
  void aMinimumAboveTheMaximumIsSwapped() throws ConfigException {
    Limits limits = parse("server://h:1/h:2?min=64", Map.of("MAX_POOL_CAPACITY", "8")).limits();
    assertEquals(8, limits.minPool());
    assertEquals(64, limits.maxPool());
    assertEquals(
        List.of("min_pool_capacity 64 is above max_pool_capacity 8: the two are swapped"),
        warnings);
  }

  @Test
  void aDefaultGivesWayToTheCapacityThatWasGiven() throws ConfigException {
    Limits small = parse("server://h:1/h:2?max=8").limits();
    assertEquals(8, small.minPool());
    assertEquals(8, small.maxPool());
    Limits large = parse("server://h:1/h:2?min=2000").limits();
    assertEquals(2000, large.minPool());
    assertEquals(2000, large.maxPool());
    assertEquals(2, warnings.size(), warnings::toString);
  }

  @Test
  void zeroIsTheSmallestThatWorksOrOff() throws ConfigException {
    StringBuilder url = new StringBuilder("client://h:1/h:2?");
    for (Variable variable : Variable.values()) {
      url.append('&').append(variable.parameter()).append("=0");
    }
    Duration off = Duration.ZERO;
    assertEquals(
        new Limits(1, 1, 1, 1, off, off, off, Duration.ofMillis(100), off),
        parse(url.toString()).limits());
  }

  @Test
  void anIntervalTooShortForAnyTimerIsLengthened() throws ConfigException {
    Limits limits = parse("client://h:1/h:2?report_interval=1ns&service_cooldown=1ms").limits();
    assertEquals(Duration.ofMillis(1), limits.reportInterval());
    assertEquals(Duration.ofMillis(100), limits.cooldown());
  }
}
