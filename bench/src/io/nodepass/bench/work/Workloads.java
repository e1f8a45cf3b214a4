package io.nodepass.bench.work;

import java.util.ArrayList;
import java.util.List;

/** The workloads there are. */
public final class Workloads {
  private Workloads() {}

  /**
   * @param names separated by commas
   * @param held connections the memory workload holds
   * @throws IllegalArgumentException when there is none of a name
   */
  public static List<Workload> parse(String names, int held) {
    List<Workload> all =
        List.of(
            new Bulk(),
            new BulkBothWays("bulk8", 8),
            new Connections("conns", 8),
            new PingPong("ping1", 1),
            new PingPong("ping64", 64),
            new Memory(held),
            new StartUp());
    List<Workload> chosen = new ArrayList<>();
    for (String name : names.split(",")) {
      chosen.add(
          all.stream()
              .filter(workload -> workload.name().equals(name))
              .findAny()
              .orElseThrow(
                  () ->
                      new IllegalArgumentException(
                          name + " is none of " + all.stream().map(Workload::name).toList())));
    }
    return chosen;
  }
}
