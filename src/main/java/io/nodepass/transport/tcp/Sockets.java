package io.nodepass.transport.tcp;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;

/** What both accepted and dialled sockets need. */
final class Sockets {
  private Sockets() {}

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
