package io.nodepass.bench.peer;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/** A relay that falsifies a byte now and then: a run with it must fail, or the checks are blind. */
record TamperPeer(PeerOptions options) implements Peer {
  @Override
  public String label() {
    return options.label();
  }

  @Override
  public List<Launch> launches(Ports ports, Path scratch) {
    List<String> command =
        List.of(
            System.getProperty("java.home") + "/bin/java",
            "-cp",
            System.getProperty("java.class.path"),
            "io.nodepass.bench.target.TamperMain",
            Integer.toString(ports.ingress()),
            Integer.toString(ports.target()),
            options.get("every", "100000000"));
    return List.of(new Launch("relay", command, Map.of(), OptionalInt.of(ports.ingress())));
  }

  @Override
  public boolean losesNothing() {
    return options.losesNothing(true);
  }
}
