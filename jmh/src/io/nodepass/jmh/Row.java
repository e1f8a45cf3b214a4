package io.nodepass.jmh;

import java.util.ArrayList;
import java.util.List;

/** A benchmark and its reference, in every round in which they were measured. */
final class Row {
  private final String name;
  private final List<Figures> ours = new ArrayList<>();
  private final List<Figures> reference = new ArrayList<>();

  Row(String name) {
    this.name = name;
  }

  /** The class without the word Benchmark, and behind a dot what it was parametrised with. */
  String name() {
    return name;
  }

  void add(boolean isReference, Figures figures) {
    (isReference ? reference : ours).add(figures);
  }

  /** Forgets nothing: what the other has measured counts as further rounds of this one. */
  void add(Row other) {
    ours.addAll(other.ours);
    reference.addAll(other.reference);
  }

  /** A row that has the measurements of this one's reference. */
  Row against(Row sane) {
    Row row = new Row(name);
    row.ours.addAll(ours);
    row.reference.addAll(sane.reference);
    return row;
  }

  boolean isComplete() {
    return !ours.isEmpty() && ours.size() == reference.size();
  }

  double nanos() {
    return Figures.bestNanos(ours);
  }

  double referenceNanos() {
    return Figures.bestNanos(reference);
  }

  double ratio() {
    return nanos() / referenceNanos();
  }

  double bytes() {
    return Figures.usualBytes(ours);
  }

  double referenceBytes() {
    return Figures.usualBytes(reference);
  }

  /** The ratio of each round by itself, smallest first. */
  List<Double> ratios() {
    List<Double> ratios = new ArrayList<>();
    for (int i = 0; i < ours.size(); i++) {
      ratios.add(ours.get(i).bestNanos() / reference.get(i).bestNanos());
    }
    return ratios.stream().sorted().toList();
  }
}
