package io.nodepass.jmh;

import java.lang.management.ManagementFactory;
import java.util.Collection;
import java.util.List;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.profile.InternalProfiler;
import org.openjdk.jmh.results.AggregationPolicy;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.ScalarResult;

/**
 * The processor time that all Java threads have used for an operation. Unlike the time on the wall
 * it does not grow while other programs have the processor. The compiler's and the collector's
 * threads are not among them.
 */
public final class CpuProfiler implements InternalProfiler {
  static final String LABEL = "cpu.norm";

  private final com.sun.management.ThreadMXBean threads =
      (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
  private long[] ids;
  private long[] before;

  @Override
  public String getDescription() {
    return "processor time per operation";
  }

  @Override
  public void beforeIteration(BenchmarkParams benchmark, IterationParams iteration) {
    ids = threads.getAllThreadIds();
    before = threads.getThreadCpuTime(ids);
  }

  @Override
  @SuppressWarnings("rawtypes") // as JMH declares it
  public Collection<? extends Result> afterIteration(
      BenchmarkParams benchmark, IterationParams iteration, IterationResult result) {
    double perOperation = used() / (double) result.getMetadata().getAllOps();
    return List.of(new ScalarResult(LABEL, perOperation, "ns/op", AggregationPolicy.AVG));
  }

  /**
   * Nanoseconds of those threads that lived at the iteration's start. Not a number when one of them
   * has ended, as those that a benchmark had do in its last iteration: what it used is not known.
   */
  private double used() {
    long[] after = threads.getThreadCpuTime(ids);
    double used = 0;
    for (int i = 0; i < ids.length; i++) {
      used += after[i] < 0 && before[i] >= 0 ? Double.NaN : after[i] - before[i];
    }
    return used;
  }
}
