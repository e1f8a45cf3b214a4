package io.nodepass.bench.work;

import io.nodepass.bench.report.Metric;
import java.io.IOException;

/**
 * Several connections up and as many down, all at once; the figure is the sum.
 *
 * @param each connections per direction
 */
record BulkBothWays(String name, int each) implements Workload {
  @Override
  public void run(Stage stage) throws IOException, InterruptedException {
    Transfer transfer = new Transfer(stage);
    transfer.run(each, each, stage.timing().warmup());
    Transfer.Outcome outcome = transfer.run(each, each, stage.timing().measured());
    stage.row(Metric.more("sum", "Gb/s"), outcome.gigabits());
    if (stage.tunnel().hasProcesses()) {
      stage.row(Metric.less("CPU", "CPU-s/GiB"), outcome.cpuSecondsPerGiB());
    }
  }
}
