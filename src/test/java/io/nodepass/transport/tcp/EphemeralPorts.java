package io.nodepass.transport.tcp;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.StringTokenizer;

/** What Linux gives to connections that did not ask for a port of their own. */
final class EphemeralPorts {
  /** How many dials at most it takes to come past a port that is soon to be given away. */
  static final int SOON = 300;

  private static final Path RANGE = Path.of("/proc/sys/net/ipv4/ip_local_port_range");

  private final int low;
  private final int high;
  private final SplittableRandom random = new SplittableRandom();

  private EphemeralPorts(int low, int high) {
    this.low = low;
    this.high = high;
  }

  /** Null where the range cannot be found out. */
  static EphemeralPorts ofThisMachine() throws IOException {
    if (!Files.isReadable(RANGE)) {
      return null;
    }
    StringTokenizer range = new StringTokenizer(Files.readAllLines(RANGE).get(0));
    return new EphemeralPorts(
        Integer.parseInt(range.nextToken()), Integer.parseInt(range.nextToken()));
  }

  /**
   * A port nobody listens on, near what a connection to it will be given next. Ports are given in
   * rising order, so the dials to come pass it by and, with luck, hit it.
   */
  int soonToBeGivenToItself() throws IOException {
    while (true) {
      // Only every second port is given away as long as there are any of those.
      int port = low + 2 * random.nextInt((high - low) / 2);
      int ahead = (port - nextFor(port)) / 2;
      if (ahead >= 0 && ahead < SOON) {
        return port;
      }
    }
  }

  /** About which port the next connection to this one would have; far off if it is taken. */
  private static int nextFor(int port) throws IOException {
    InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    try (ServerSocket listener = new ServerSocket();
        Socket near = new Socket()) {
      listener.bind(address);
      near.connect(address);
      try (Socket far = listener.accept()) {
        // Nothing may be left of them that would keep the port from being given away.
        far.setSoLinger(true, 0);
        near.setSoLinger(true, 0);
        return near.getLocalPort() + 2;
      }
    } catch (BindException taken) {
      return Integer.MAX_VALUE;
    }
  }
}
