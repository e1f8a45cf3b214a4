package io.nodepass.transport;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.util.Arrays;

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

  /**
   * Who can have as many addresses as they like: an IPv4 address, or an IPv6 network of 64 bits.
   */
  public static InetAddress network(InetAddress ip) {
    byte[] bytes = ip.getAddress();
    if (bytes.length == 16) {
      Arrays.fill(bytes, 8, 16, (byte) 0);
    }
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new AssertionError("an address has 4 or 16 bytes", e);
    }
  }
}
