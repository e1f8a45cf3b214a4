package io.nodepass.bench.report;

import java.util.Locale;

/**
 * Something that went wrong while a peer was measured.
 *
 * @param count connections concerned
 * @param forgiven whether the run succeeds nevertheless
 */
public record Fault(
    int round, String work, String peer, Kind kind, int count, boolean forgiven, String detail) {
  /** What went wrong. */
  public enum Kind {
    /** A byte arrived that was not sent, or was not where it belonged. */
    WRONG_BYTES,
    /** Connections that failed before their work was done. */
    LOST,
    /** The peer did not start, or the measurement could not be made. */
    NOT_MEASURED
  }

  String toJson() {
    return new Json()
        .add("round", round)
        .add("work", work)
        .add("peer", peer)
        .add("fault", kind.name().toLowerCase(Locale.ROOT))
        .add("count", count)
        .add("forgiven", Boolean.toString(forgiven))
        .add("detail", detail)
        .toString();
  }
}
