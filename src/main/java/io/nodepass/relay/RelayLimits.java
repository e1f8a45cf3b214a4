package io.nodepass.relay;

import java.util.concurrent.TimeUnit;

/**
 * How long a relay may stand still in states that hide a dead peer. A relay that is open both ways
 * may be idle for ever.
 *
 * @param stallNanos with bytes that its sink does not take
 * @param halfClosedNanos with one side ended and nothing moving on the other
 * @param checkNanos how often both are looked at
 */
public record RelayLimits(long stallNanos, long halfClosedNanos, long checkNanos) {
  public static final RelayLimits DEFAULTS =
      new RelayLimits(
          TimeUnit.MINUTES.toNanos(10), TimeUnit.HOURS.toNanos(1), TimeUnit.SECONDS.toNanos(5));
}
