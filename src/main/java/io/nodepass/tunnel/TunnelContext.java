package io.nodepass.tunnel;

import io.nodepass.config.TunnelConfig;
import io.nodepass.reactor.EventLoop;
import io.nodepass.reactor.EventLoops;
import io.nodepass.relay.RelayLimits;
import io.nodepass.telemetry.Log;
import io.nodepass.transport.Dialer;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;

/**
 * What a tunnel is given by whoever starts it.
 *
 * @param loops shared by the tunnels of a process
 * @param home the loop that the tunnel's own state belongs to; one of {@code loops}
 * @param dialer for control, data and target connections
 * @param tasks for what takes long, such as the cryptography of handshakes; kept by whoever starts
 *     the tunnel, and ended after it
 * @param reservedPorts which no data port may take, because a tunnel of this process wants them
 */
public record TunnelContext(
    TunnelConfig config,
    EventLoops loops,
    EventLoop home,
    Dialer dialer,
    ScheduledExecutorService tasks,
    RelayLimits relayLimits,
    Set<Integer> reservedPorts,
    Log log) {}
