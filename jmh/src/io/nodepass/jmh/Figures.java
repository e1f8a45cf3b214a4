package io.nodepass.jmh;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;

/** What one benchmark has shown in one round: a list has a value for each measured iteration. */
final class Figures {
  private static final String ALLOCATION = "gc.alloc.rate.norm";

  private final List<Double> nanos = new ArrayList<>();
  private final List<Double> wallNanos = new ArrayList<>();
  private final List<Double> bytes = new ArrayList<>();
  private final List<Double> operations = new ArrayList<>();

  Figures(RunResult run) {
    run.getBenchmarkResults()
        .forEach(fork -> fork.getIterationResults().forEach(iteration -> add(iteration)));
  }

  private void add(IterationResult iteration) {
    double cpu = secondary(iteration, CpuProfiler.LABEL);
    if (!Double.isNaN(cpu)) {
      nanos.add(cpu);
    }
    wallNanos.add(iteration.getPrimaryResult().getScore());
    bytes.add(secondary(iteration, ALLOCATION));
    operations.add((double) iteration.getMetadata().getAllOps());
  }

  @SuppressWarnings("rawtypes") // as JMH declares it
  private static double secondary(IterationResult iteration, String label) {
    for (Result result : iteration.getSecondaryResults().values()) {
      if (result.getLabel().endsWith(label)) {
        return result.getScore();
      }
    }
    throw new IllegalStateException("JMH has not measured " + label);
  }

  /**
   * Processor time per operation in the least disturbed iteration: what else runs on the machine
   * can only add to it.
   */
  double bestNanos() {
    return nanos.stream().mapToDouble(Double::doubleValue).min().orElseThrow();
  }

  double bestWallNanos() {
    return wallNanos.stream().mapToDouble(Double::doubleValue).min().orElseThrow();
  }

  /** Of the middle iteration, so that neither a late compilation nor a lucky moment counts. */
  double usualBytes() {
    return middle(bytes);
  }

  double usualOperations() {
    return middle(operations);
  }

  private static double middle(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    return sorted.get((sorted.size() - 1) / 2);
  }

  static double least(Collection<Figures> rounds, ToDoubleFunction<Figures> figure) {
    return rounds.stream().mapToDouble(figure).min().orElseThrow();
  }
}
