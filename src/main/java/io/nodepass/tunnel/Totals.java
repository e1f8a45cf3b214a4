package io.nodepass.tunnel;

import io.nodepass.telemetry.Log;
import io.nodepass.telemetry.Traffic;

/** Writes a tunnel's totals as one line, when they have changed since the last one. */
final class Totals {
  private final Traffic traffic;
  private final Log log;
  private Traffic.Snapshot last;

  Totals(Traffic traffic, Log log) {
    this.traffic = traffic;
    this.log = log;
    this.last = traffic.snapshot();
  }

  void report() {
    Traffic.Snapshot now = traffic.snapshot();
    if (now.isSameAs(last)) {
      return;
    }
    last = now;
    log.info(
        "totals: "
            + now.active()
            + " running, "
            + now.ended()
            + " ended, "
            + now.failed()
            + " aborted, "
            + now.refused()
            + " refused, "
            + now.bytesIn()
            + " B in, "
            + now.bytesOut()
            + " B out");
  }
}
