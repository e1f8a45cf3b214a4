package io.nodepass.bench.report;

/**
 * One figure that a workload yields.
 *
 * @param name what is measured, unique within its workload
 * @param better which direction is better, for the reader of a table
 */
public record Metric(String name, String unit, Better better) {
  /** The direction of improvement. */
  public enum Better {
    MORE,
    LESS
  }

  public static Metric more(String name, String unit) {
    return new Metric(name, unit, Better.MORE);
  }

  public static Metric less(String name, String unit) {
    return new Metric(name, unit, Better.LESS);
  }
}
