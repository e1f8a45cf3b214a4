package io.nodepass.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * Loopback ports for programs that must be told one. They lie above the legacy data ports and below
 * the range the kernel takes the near ends of connections from, so that neither can take one away
 * between the choice and its use.
 */
public final class Ports {
  private static final int LOW = 10_000;
  private static final int HIGH = 32_000;
  private static final SplittableRandom RANDOM = new SplittableRandom();
  private static final Set<Integer> GIVEN = new HashSet<>();

  private Ports() {}

  /** A port nobody listens on, and that was not given before in this process. */
  public static synchronized int free() {
    for (int attempt = 0; attempt < 1_000; attempt++) {
      int port = RANDOM.nextInt(LOW, HIGH);
      if (!GIVEN.contains(port) && isFree(port)) {
        GIVEN.add(port);
        return port;
      }
    }
    throw new UncheckedIOException(new IOException("no free port found"));
  }

  /** The loopback address with this port. */
  public static InetSocketAddress loopback(int port) {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  private static boolean isFree(int port) {
    try (ServerSocket probe = new ServerSocket()) {
      probe.bind(loopback(port));
      return true;
    } catch (IOException taken) {
      return false;
    }
  }
}
