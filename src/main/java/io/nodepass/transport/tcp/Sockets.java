package io.nodepass.transport.tcp;

import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/** What both accepted and dialled sockets need. */
final class Sockets {
  static {
    // The JDK needs a descriptor of its own for the first socket that is closed. Were there none
    // left at that moment, no socket could be closed in this process ever again.
    try {
      SocketChannel.open().close();
    } catch (IOException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private Sockets() {}

  /** The family of a resolved address: a plain IPv4 socket is cheaper than one for both. */
  static ProtocolFamily family(InetSocketAddress address) {
    return address.getAddress() instanceof Inet4Address
        ? StandardProtocolFamily.INET
        : StandardProtocolFamily.INET6;
  }

  /** The address {@code ::}, which takes IPv4 as well, or {@code 0.0.0.0} where IPv6 is off. */
  static InetAddress everyInterface() {
    try {
      ServerSocketChannel.open(StandardProtocolFamily.INET6).close();
      return InetAddress.getByAddress(new byte[16]);
    } catch (IOException | UnsupportedOperationException e) {
      return new InetSocketAddress(0).getAddress();
    }
  }

  /** Closes with linger 0, so that the peer gets a reset, at the loop's next select. */
  static void abort(SocketChannel channel) {
    try {
      channel.setOption(StandardSocketOptions.SO_LINGER, 0);
    } catch (IOException e) {
      // The socket has gone already; closing it is all that is left.
    }
    try {
      channel.close();
    } catch (IOException e) {
      // As above: nobody is left who could be told.
    }
  }
}
