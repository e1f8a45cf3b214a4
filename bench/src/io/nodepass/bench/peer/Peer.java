package io.nodepass.bench.peer;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A program that carries connections to the target, and how to start it. */
public interface Peer {
  /** Its name in tables and rows, unique in a run. */
  String label();

  /**
   * Its processes in the order of their start, the one with the ingress first; none means that the
   * generator speaks to the target itself.
   *
   * @param scratch a directory of its own for configuration files
   */
  List<Launch> launches(Ports ports, Path scratch) throws IOException;

  /** The port the generator connects to. */
  default int entry(Ports ports) {
    return ports.ingress();
  }

  /** Whether it is anything but the bare target. */
  default boolean hasProcesses() {
    return true;
  }

  /** Whether a lost connection is an error of the run; wrong bytes always are. */
  boolean losesNothing();
}
