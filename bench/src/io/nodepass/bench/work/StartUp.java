package io.nodepass.bench.work;

import io.nodepass.bench.report.Metric;
import io.nodepass.bench.report.Tables;
import java.io.IOException;

/** How long the server role takes from process start to listening; the median of several starts. */
final class StartUp implements Workload {
  private static final int STARTS = 3;

  @Override
  public String name() {
    return "start";
  }

  @Override
  public boolean needsFreshProcesses() {
    return true;
  }

  @Override
  public void run(Stage stage) throws IOException, InterruptedException {
    double[] millis = new double[STARTS];
    for (int i = 0; i < STARTS; i++) {
      millis[i] = stage.timeToListen() / 1e6;
    }
    stage.row(Metric.less("server listens", "ms"), Tables.medianOf(millis));
  }
}
