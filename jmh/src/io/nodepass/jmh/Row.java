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

  double nanos() {
    return Figures.least(ours, Figures::bestNanos);
  }

  double referenceNanos() {
    return Figures.least(reference, Figures::bestNanos);
  }

  /** Time on the wall, which is for the eye only. */
  double wallNanos() {
    return Figures.least(ours, Figures::bestWallNanos);
  }

  double referenceWallNanos() {
    return Figures.least(reference, Figures::bestWallNanos);
  }

  /**
   * The time as a multiple of the reference's, in the round in which that was least.
   *
   * <p>Only what was measured in one round is compared: two threads that wake each other cost three
   * times as much on two processors as on one, and a round in which only the reference had them on
   * one says nothing.
   */
  double ratio() {
    return ratios().get(0);
  }

  double bytes() {
    return Figures.least(ours, Figures::usualBytes);
  }

  /** Over how many operations an iteration has counted bytes. */
  double operations() {
    return Figures.least(ours, Figures::usualOperations);
  }

  double referenceBytes() {
    return Figures.least(reference, Figures::usualBytes);
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
