package io.nodepass.tunnel;

import io.nodepass.config.PortRange;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/** Finds a free port for the data connections: a random one first, then the ones after it. */
final class DataPort {
  private DataPort() {}

  /** Opens something at an address. */
  @FunctionalInterface
  interface Opener<T> {
    T open(InetSocketAddress address) throws IOException;
  }

  /**
   * Tries every port of the range, but the reserved ones, until one can be opened.
   *
   * @throws IOException when none can; or at once when it fails for another reason than the port
   */
  static <T> T open(InetAddress ip, PortRange range, Set<Integer> reserved, Opener<T> opener)
      throws IOException {
    int first = ThreadLocalRandom.current().nextInt(range.size());
    BindException last = null;
    for (int i = 0; i < range.size(); i++) {
      int port = range.low() + (first + i) % range.size();
      if (reserved.contains(port)) {
        continue;
      }
      try {
        return opener.open(new InetSocketAddress(ip, port));
      } catch (BindException e) {
        last = e;
      }
    }
    throw new IOException(
        "no free data port in "
            + range.low()
            + "-"
            + range.high()
            + ": "
            + (last == null ? "reserved" : last.getMessage()),
        last);
  }
}
