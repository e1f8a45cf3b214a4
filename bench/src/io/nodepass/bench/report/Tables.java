package io.nodepass.bench.report;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Prints what a run found: per metric and peer the median, smallest and largest value over the
 * rounds, and the same of the ratios to the baseline <em>in the same round</em>.
 */
public final class Tables {
  private final Results results;
  private final String baseline;

  public Tables(Results results, String baseline) {
    this.results = results;
    this.baseline = baseline;
  }

  /** A metric's values by peer, then by round. */
  private static final class Series extends LinkedHashMap<String, Map<Integer, Double>> {
    private static final long serialVersionUID = 1;
  }

  public void print(PrintStream out) {
    Map<String, Map<Metric, Series>> works = new LinkedHashMap<>();
    Set<String> peers = new LinkedHashSet<>();
    for (Row row : results.rows()) {
      works
          .computeIfAbsent(row.work(), k -> new LinkedHashMap<>())
          .computeIfAbsent(row.metric(), k -> new Series())
          .computeIfAbsent(row.peer(), k -> new TreeMap<>())
          .put(row.round(), row.value());
      peers.add(row.peer());
    }
    works.forEach(
        (work, metrics) -> {
          line(out, work, "peer", "median", "min – max", "× " + baseline, "min – max", "n");
          out.println("|---|---|---:|---:|---:|---:|---:|");
          metrics.forEach((metric, series) -> print(out, metric, series, peers));
          out.println();
        });
    printFaults(out);
  }

  private void print(PrintStream out, Metric metric, Series series, Set<String> peers) {
    Map<Integer, Double> base = series.getOrDefault(baseline, Map.of());
    String title =
        metric.name()
            + ", "
            + metric.unit()
            + (metric.better() == Metric.Better.MORE ? " ↑" : " ↓");
    for (String peer : peers) {
      Map<Integer, Double> values = series.get(peer);
      if (values == null) {
        continue;
      }
      double[] ratios =
          values.entrySet().stream()
              .filter(e -> base.containsKey(e.getKey()))
              .mapToDouble(e -> e.getValue() / base.get(e.getKey()))
              .sorted()
              .toArray();
      double[] sorted = values.values().stream().mapToDouble(v -> v).sorted().toArray();
      line(
          out,
          title,
          peer,
          number(median(sorted)),
          range(sorted),
          number(median(ratios)),
          range(ratios),
          Integer.toString(sorted.length));
    }
  }

  private static void line(PrintStream out, String metric, String peer, String... figures) {
    out.printf("| %-26s | %-14s |", metric, peer);
    int[] widths = {8, 17, 12, 15, 2};
    for (int i = 0; i < figures.length; i++) {
      out.printf(" %" + widths[i] + "s |", figures[i]);
    }
    out.println();
  }

  private void printFaults(PrintStream out) {
    if (results.faults().isEmpty()) {
      out.printf("No connection was lost, no byte was wrong.%n");
      return;
    }
    out.printf("Faults:%n%n");
    Map<List<Object>, List<Fault>> groups = new LinkedHashMap<>();
    for (Fault fault : results.faults()) {
      groups
          .computeIfAbsent(
              List.of(fault.peer(), fault.work(), fault.kind()), k -> new ArrayList<>())
          .add(fault);
    }
    for (List<Fault> group : groups.values()) {
      Fault last = group.get(group.size() - 1);
      out.printf(
          "- %s, %s: %s, %d in %d rounds%s; last: %s%n",
          last.peer(),
          last.work(),
          last.kind().name().toLowerCase(Locale.ROOT).replace('_', ' '),
          group.stream().mapToInt(Fault::count).sum(),
          group.size(),
          last.forgiven() ? " (forgiven)" : "",
          last.detail());
    }
  }

  /** Of sorted values; NaN when there are none. */
  static double median(double[] sorted) {
    if (sorted.length == 0) {
      return Double.NaN;
    }
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  /** The median of values in any order. */
  public static double medianOf(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return median(sorted);
  }

  private static String range(double[] sorted) {
    return sorted.length == 0 ? "–" : number(sorted[0]) + " – " + number(sorted[sorted.length - 1]);
  }

  /** Three significant digits or more, never an exponent. */
  private static String number(double value) {
    if (Double.isNaN(value)) {
      return "–";
    }
    double size = Math.abs(value);
    int digits =
        size >= 100 || size == 0 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : size >= 0.1 ? 3 : 4;
    return String.format(Locale.ROOT, "%." + digits + "f", value);
  }
}
