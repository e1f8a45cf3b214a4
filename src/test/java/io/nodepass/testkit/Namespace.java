package io.nodepass.testkit;

import java.util.ArrayList;
import java.util.List;

/**
 * A network of its own for what runs in it: its addresses, routes and ports are nobody else's.
 *
 * @param name as {@code ip netns} knows it
 */
public record Namespace(String name) {
  /** The command that runs this one inside; it becomes the command, so that its pid stays. */
  public List<String> inside(List<String> command) {
    List<String> all = new ArrayList<>(List.of(ip(), "netns", "exec", name));
    all.addAll(command);
    return all;
  }

  static String ip() {
    return RealProgram.find("ip", "iproute2");
  }
}
