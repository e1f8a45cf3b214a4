package io.nodepass.bench.peer;

import java.nio.file.Path;
import java.util.List;

/** No tunnel: what the machine, the generator and the target can do at most. */
record DirectPeer(String label) implements Peer {
  @Override
  public List<Launch> launches(Ports ports, Path scratch) {
    return List.of();
  }

  @Override
  public int entry(Ports ports) {
    return ports.target();
  }

  @Override
  public boolean hasProcesses() {
    return false;
  }

  @Override
  public boolean losesNothing() {
    return true;
  }
}
