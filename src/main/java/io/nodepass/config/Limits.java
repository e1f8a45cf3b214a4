package io.nodepass.config;

import java.time.Duration;

/**
 * The numbers of a tunnel, after defaults, environment and URL were merged.
 *
 * @param semaphore most concurrent tunnelled connections, ≥ 1
 * @param minPool fewest ready connections kept, ≥ 1
 * @param maxPool most ready connections kept, ≥ minPool
 * @param udpBuffer largest datagram forwarded, bytes, 1..65507
 * @param udpReadTimeout how long a UDP exchange may stay idle
 * @param reportInterval interval of the health newline and the totals line; zero is off
 * @param reloadInterval interval of certificate re-reads; zero is off
 * @param cooldown pause before the tunnel is rebuilt after a failure
 * @param shutdownTimeout longest graceful shutdown
 */
public record Limits(
    int semaphore,
    int minPool,
    int maxPool,
    int udpBuffer,
    Duration udpReadTimeout,
    Duration reportInterval,
    Duration reloadInterval,
    Duration cooldown,
    Duration shutdownTimeout) {
  public static final Limits DEFAULTS =
      new Limits(
          1024,
          16,
          1024,
          8192,
          Duration.ofSeconds(5),
          Duration.ofSeconds(5),
          Duration.ofHours(1),
          Duration.ofSeconds(5),
          Duration.ofSeconds(5));
}
