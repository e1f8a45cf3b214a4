package io.nodepass.jmh;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;

/**
 * What one benchmark has shown in one round.
 *
 * @param nanos per operation, one value for each measured iteration
 * @param bytes allocated per operation by all threads, likewise
 */
record Figures(List<Double> nanos, List<Double> bytes) {
  private static final String ALLOCATION = "gc.alloc.rate.norm";

  static Figures of(RunResult run) {
    List<Double> nanos = new ArrayList<>();
    List<Double> bytes = new ArrayList<>();
    run.getBenchmarkResults()
        .forEach(
            fork -> {
              for (IterationResult iteration : fork.getIterationResults()) {
                nanos.add(iteration.getPrimaryResult().getScore());
                bytes.add(allocation(iteration));
              }
            });
    return new Figures(nanos, bytes);
  }

  @SuppressWarnings("rawtypes") // as JMH declares it
  private static double allocation(IterationResult iteration) {
    for (Result result : iteration.getSecondaryResults().values()) {
      if (result.getLabel().endsWith(ALLOCATION)) {
        return result.getScore();
      }
    }
    throw new IllegalStateException("no allocation was measured");
  }

  /** The least disturbed iteration: what else runs on the machine can only add to it. */
  double bestNanos() {
    return nanos.stream().mapToDouble(Double::doubleValue).min().orElseThrow();
  }

  /** The middle one, so that neither a late compilation nor a lucky window counts. */
  double usualBytes() {
    List<Double> sorted = bytes.stream().sorted().toList();
    return sorted.get(sorted.size() / 2);
  }

  static double bestNanos(Collection<Figures> rounds) {
    return rounds.stream().mapToDouble(Figures::bestNanos).min().orElseThrow();
  }

  static double usualBytes(Collection<Figures> rounds) {
    return rounds.stream().mapToDouble(Figures::usualBytes).min().orElseThrow();
  }
}
