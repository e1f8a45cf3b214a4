package io.nodepass.jmh;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Has JMH measure processor time and allocation. A benchmark class has two methods, {@code ours}
 * and {@code reference}; each runs in a JVM of its own, one after the other, so that they are
 * minutes apart at most and neither is compiled with the other's profile.
 *
 * @param warmups iterations before those that count
 * @param iterations those that count
 * @param warmupMillis length of each of the former
 * @param millis length of each of the latter
 */
record Laboratory(int warmups, int warmupMillis, int iterations, int millis) {
  /**
   * No collector beside the benchmark, and no compiler either: what is to be compiled is waited
   * for, so that a warm-up on a busy machine warms up as much as one on an idle machine.
   */
  private static final String[] JVM = {
    "-Xms512m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:-BackgroundCompilation"
  };

  private static final String OURS = "ours";
  private static final String REFERENCE = "reference";
  private static final String SUFFIX = "Benchmark";

  /** For a gate: some four seconds for a row and its reference. */
  static final Laboratory SHORT = new Laboratory(3, 300, 4, 150);

  /** For figures that are to be looked at. */
  static final Laboratory LONG = new Laboratory(4, 500, 6, 400);

  /**
   * Measures once what has a matching class name, in packages that have one of ours.
   *
   * @param classes a regular expression for the simple name of the class
   */
  Map<String, Row> measure(String classes) throws RunnerException {
    return measure(classes, "(" + OURS + "|" + REFERENCE + ")", Map.of());
  }

  /** Measures the row again, and nothing else. */
  Row measureAgain(Row row) throws RunnerException {
    int dot = row.name().indexOf('.');
    String type = dot < 0 ? row.name() : row.name().substring(0, dot);
    Map<String, Row> rows =
        measure(
            Pattern.quote(type + SUFFIX),
            "(" + OURS + "|" + REFERENCE + ")",
            dot < 0 ? Map.of() : Map.of("shape", row.name().substring(dot + 1)));
    return rows.values().iterator().next();
  }

  /** Measures our side alone, for classes that are compared with another one's reference. */
  Map<String, Row> measureOurs(String classes) throws RunnerException {
    return measure(classes, OURS, Map.of());
  }

  private Map<String, Row> measure(String classes, String methods, Map<String, String> parameters)
      throws RunnerException {
    ChainedOptionsBuilder options =
        new OptionsBuilder()
            .include("^io\\.nodepass\\.[a-z.]*" + classes + "\\." + methods + "$")
            .mode(Mode.AverageTime)
            .timeUnit(TimeUnit.NANOSECONDS)
            .forks(1)
            .warmupIterations(warmups)
            .warmupTime(TimeValue.milliseconds(warmupMillis))
            .measurementIterations(iterations)
            .measurementTime(TimeValue.milliseconds(millis))
            .addProfiler(GCProfiler.class)
            .addProfiler(CpuProfiler.class)
            .shouldFailOnError(true)
            .verbosity(VerboseMode.SILENT)
            .jvmArgsAppend(JVM)
            .jvmArgsPrepend(quiet());
    parameters.forEach(options::param);
    Map<String, Row> rows = new TreeMap<>();
    for (RunResult result : new Runner(options.build()).run()) {
      BenchmarkParams params = result.getParams();
      String method = params.getBenchmark();
      Row row = rows.computeIfAbsent(name(params), Row::new);
      row.add(method.endsWith("." + REFERENCE), new Figures(result));
    }
    return rows;
  }

  /** JMH 1.37 uses what JDK 24 and later warn of at each start. */
  private static String[] quiet() {
    return Runtime.version().feature() < 24
        ? new String[0]
        : new String[] {"--sun-misc-unsafe-memory-access=allow"};
  }

  private static String name(BenchmarkParams params) {
    String method = params.getBenchmark();
    String type = method.substring(0, method.lastIndexOf('.'));
    StringBuilder name = new StringBuilder(type.substring(type.lastIndexOf('.') + 1));
    int suffix = name.lastIndexOf(SUFFIX);
    if (suffix >= 0) {
      name.setLength(suffix);
    }
    for (String key : params.getParamsKeys()) {
      name.append('.').append(params.getParam(key));
    }
    return name.toString();
  }
}
