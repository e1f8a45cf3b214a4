package io.nodepass.tunnel;

import io.nodepass.config.TunnelConfig;
import io.nodepass.reactor.EventLoop;
import io.nodepass.reactor.EventLoops;
import io.nodepass.relay.RelayLimits;
import io.nodepass.telemetry.Log;
import io.nodepass.transport.Dialer;

/**
 * What a tunnel is given by whoever starts it.
 *
 * @param loops shared by the tunnels of a process
 * @param home the loop that the tunnel's own state belongs to; one of {@code loops}
 * @param dialer for control, data and target connections
 */
public record TunnelContext(
    TunnelConfig config,
    EventLoops loops,
    EventLoop home,
    Dialer dialer,
    RelayLimits relayLimits,
    Log log) {}
