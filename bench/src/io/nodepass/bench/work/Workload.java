package io.nodepass.bench.work;

import java.io.IOException;

/** Something a tunnel is made to do, and what is measured while it does. */
public interface Workload {
  /** What {@code --work} calls it. */
  String name();

  /**
   * Whether it needs no tunnel but starts processes of its own; it is then not run for a peer
   * without processes.
   */
  default boolean needsFreshProcesses() {
    return false;
  }

  /**
   * Runs it once for one peer and adds the rows. Bounded in time.
   *
   * @throws IOException when the measurement could not be made
   */
  void run(Stage stage) throws IOException, InterruptedException;
}
