package io.nodepass.transport.tcp;

import java.io.IOException;
import java.net.SocketOption;
import java.nio.channels.NetworkChannel;
import jdk.net.ExtendedSocketOptions;

/**
 * Probes a silent peer, so that a connection whose other end has vanished is noticed in about a
 * minute and a half, and a middlebox that forgets idle connections is kept awake.
 */
final class KeepAlive {
  private static final int IDLE_SECONDS = 45;
  private static final int INTERVAL_SECONDS = 15;
  private static final int PROBES = 3;

  /** A modular program that does not require jdk.net has to do with its system's own times. */
  private static final boolean SETTABLE = ModuleLayer.boot().findModule("jdk.net").isPresent();

  private KeepAlive() {}

  /** Sets the times; what a listener accepts inherits its listener's. */
  static void times(NetworkChannel channel) throws IOException {
    if (!SETTABLE) {
      return;
    }
    set(channel, ExtendedSocketOptions.TCP_KEEPIDLE, IDLE_SECONDS);
    set(channel, ExtendedSocketOptions.TCP_KEEPINTERVAL, INTERVAL_SECONDS);
    set(channel, ExtendedSocketOptions.TCP_KEEPCOUNT, PROBES);
  }

  private static void set(NetworkChannel channel, SocketOption<Integer> option, int value)
      throws IOException {
    try {
      channel.setOption(option, value);
    } catch (UnsupportedOperationException e) {
      // This system has no such option: its own default for keep-alive probes applies.
    }
  }
}
