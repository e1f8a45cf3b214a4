package io.nodepass.bench.work;

import io.nodepass.bench.report.Metric;
import java.io.IOException;

/** One connection that sends as fast as it can, first up, then down. */
final class Bulk implements Workload {
  @Override
  public String name() {
    return "bulk";
  }

  @Override
  public void run(Stage stage) throws IOException, InterruptedException {
    Transfer transfer = new Transfer(stage);
    for (String direction : new String[] {"up", "down"}) {
      int uploads = direction.equals("up") ? 1 : 0;
      transfer.run(uploads, 1 - uploads, stage.timing().warmup());
      Transfer.Outcome outcome = transfer.run(uploads, 1 - uploads, stage.timing().measured());
      stage.row(Metric.more(direction, "Gb/s"), outcome.gigabits());
      if (stage.tunnel().hasProcesses()) {
        stage.row(Metric.less(direction + " CPU", "CPU-s/GiB"), outcome.cpuSecondsPerGiB());
      }
    }
  }
}
