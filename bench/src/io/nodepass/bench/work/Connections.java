package io.nodepass.bench.work;

import io.nodepass.bench.load.Connection;
import io.nodepass.bench.load.Lanes;
import io.nodepass.bench.load.Latencies;
import io.nodepass.bench.load.Wire;
import io.nodepass.bench.load.WrongBytesException;
import io.nodepass.bench.report.Metric;
import java.io.IOException;
import java.time.Duration;

/**
 * Workers that each open a connection, send a byte, get it back, close, and begin again. The
 * latency is from the start of the connect to the byte's return.
 */
record Connections(String name, int workers) implements Workload {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final long PAUSE_MS = 5;

  /** What the workers have counted together; guarded by itself. */
  private static final class Tally {
    final Latencies latencies = new Latencies();
    int failed;
    String lastFailure = "";
  }

  @Override
  public void run(Stage stage) throws IOException, InterruptedException {
    Tally warmup = new Tally();
    load(stage, stage.timing().warmup(), warmup);
    Tally tally = new Tally();
    double cpu = stage.tunnel().cpuSeconds();
    long start = System.nanoTime();
    load(stage, stage.timing().measured(), tally);
    double seconds = (System.nanoTime() - start) / 1e9;
    cpu = stage.tunnel().cpuSeconds() - cpu;

    int done = tally.latencies.count();
    stage.row(Metric.more("rate", "1/s"), done / seconds);
    stage.row(Metric.less("p50", "ms"), tally.latencies.percentileMs(0.50));
    stage.row(Metric.less("p99", "ms"), tally.latencies.percentileMs(0.99));
    if (stage.tunnel().hasProcesses() && done > 0) {
      stage.row(Metric.less("CPU", "CPU-ms each"), cpu * 1000 / done);
    }
    stage.lost(
        warmup.failed + tally.failed, tally.failed > 0 ? tally.lastFailure : warmup.lastFailure);
  }

  /** A connection begun within the duration is finished and counted. */
  private void load(Stage stage, Duration duration, Tally tally)
      throws IOException, InterruptedException {
    long start = System.nanoTime();
    Lanes.run(
        workers,
        worker -> {
          Latencies latencies = new Latencies();
          while (System.nanoTime() - start < duration.toNanos()) {
            long begun = System.nanoTime();
            try (Connection connection = Connection.open(stage.tunnel().entry(), TIMEOUT)) {
              connection.write(Wire.ECHO);
              connection.expect(Wire.ECHO);
              latencies.add(System.nanoTime() - begun);
            } catch (WrongBytesException e) {
              throw e;
            } catch (IOException e) {
              synchronized (tally) {
                tally.failed++;
                tally.lastFailure = Connection.reason(e);
              }
              Thread.sleep(PAUSE_MS);
            }
          }
          synchronized (tally) {
            tally.latencies.addAll(latencies);
          }
        });
  }
}
