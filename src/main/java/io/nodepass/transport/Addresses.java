package io.nodepass.transport;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;

/** Addresses as log lines show them. */
public final class Addresses {
  private Addresses() {}

  /**
   * {@code 192.0.2.1:80}, {@code [2001:db8:0:0:0:0:0:1]:80}, {@code name:80} or, for every
   * interface, {@code *:80}; never looks a name up.
   */
  public static String text(SocketAddress address) {
    if (!(address instanceof InetSocketAddress inet)) {
      return String.valueOf(address);
    }
    InetAddress ip = inet.getAddress();
    if (ip != null && ip.isAnyLocalAddress()) {
      return "*:" + inet.getPort();
    }
    String host = ip == null ? inet.getHostString() : ip.getHostAddress();
    return (host.indexOf(':') >= 0 ? "[" + host + "]:" : host + ":") + inet.getPort();
  }
}
