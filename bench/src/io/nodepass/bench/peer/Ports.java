package io.nodepass.bench.peer;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.SplittableRandom;

/**
 * The loopback ports of one tunnel. They are taken from 20000–29999, below the ephemeral range and
 * above the one in which NodePass puts its data ports, and none is used twice in a run.
 *
 * @param tunnel where the client side reaches the server side
 * @param ingress where users connect
 * @param target where the target listens
 */
public record Ports(int tunnel, int ingress, int target) {
  private static final int FIRST = 20_000;
  private static final int COUNT = 10_000;

  private static int next = new SplittableRandom().nextInt(COUNT);

  public static synchronized Ports take(int target) throws IOException {
    return new Ports(free(), free(), target);
  }

  private static int free() throws IOException {
    for (int i = 0; i < COUNT; i++) {
      next = (next + 1) % COUNT;
      if (isFree(FIRST + next)) {
        return FIRST + next;
      }
    }
    throw new IOException("no free port");
  }

  private static boolean isFree(int port) {
    InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    try (ServerSocket tcp = new ServerSocket();
        DatagramSocket udp = new DatagramSocket(null)) {
      tcp.bind(address);
      udp.bind(address);
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
