package io.nodepass.bench.report;

import java.util.Locale;

/** One measured figure of one peer in one round. */
public record Row(int round, String work, String peer, Metric metric, double value) {
  String toJson() {
    return new Json()
        .add("round", round)
        .add("work", work)
        .add("peer", peer)
        .add("metric", metric.name())
        .add("unit", metric.unit())
        .add("better", metric.better().name().toLowerCase(Locale.ROOT))
        .add("value", value)
        .toString();
  }
}
