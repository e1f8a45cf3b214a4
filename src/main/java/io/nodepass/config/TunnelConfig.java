package io.nodepass.config;

import io.nodepass.telemetry.Level;
import java.util.Optional;

/**
 * One tunnel, completely described; what {@code TunnelUrl} makes of one URL.
 *
 * @param role which end this process plays
 * @param tunnel where the control channel listens (server) or is found (client)
 * @param target where users enter (server) or the service is (client)
 * @param name which tunnel, when several share one port; empty for the only one
 * @param direction which end accepts the users
 * @param transport what carries the data connections
 * @param dialect what is spoken on the control channel
 * @param tls how the data connections are encrypted, and who is believed
 * @param key the key that both ends share, if there is one
 * @param log the least severe level that is written
 * @param loops event loops wanted; 0 means one per core
 * @param dataPorts where the legacy data port may lie (server)
 * @param unproven most connections to the tunnel port that have proved nothing yet, ≥ 16 (server)
 * @param limits the numbers
 * @param display the URL as it may be shown: without secrets
 */
public record TunnelConfig(
    Role role,
    Endpoint tunnel,
    Endpoint target,
    String name,
    Direction direction,
    TransportType transport,
    Dialect dialect,
    TlsSettings tls,
    Optional<KeySource> key,
    Level log,
    int loops,
    PortRange dataPorts,
    int unproven,
    Limits limits,
    String display) {
  /** What {@link #unproven} is when nobody has said anything else. */
  public static final int UNPROVEN = 512;
}
