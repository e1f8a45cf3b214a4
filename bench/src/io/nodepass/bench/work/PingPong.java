package io.nodepass.bench.work;

import io.nodepass.bench.load.Connection;
import io.nodepass.bench.load.Dialer;
import io.nodepass.bench.load.Latencies;
import io.nodepass.bench.load.PingLoop;
import io.nodepass.bench.report.Metric;
import java.io.IOException;
import java.util.List;

/** A 64-byte message there and back on each of several connections, over and over. */
record PingPong(String name, int connections) implements Workload {
  @Override
  public void run(Stage stage) throws IOException, InterruptedException {
    Dialer dialer = stage.dialer();
    List<Connection> opened = dialer.echoes(connections);
    try {
      stage.lost(dialer.lost(), dialer.lastFailure());
      if (opened.size() < connections) {
        throw new IOException("only " + opened.size() + " open: " + dialer.lastFailure());
      }
      try (PingLoop loop = new PingLoop(opened)) {
        loop.run(stage.timing().warmup());
        double cpu = stage.tunnel().cpuSeconds();
        long start = System.nanoTime();
        Latencies latencies = loop.run(stage.timing().measured());
        double seconds = (System.nanoTime() - start) / 1e9;
        cpu = stage.tunnel().cpuSeconds() - cpu;

        stage.row(Metric.more("rate", "1/s"), latencies.count() / seconds);
        stage.row(Metric.less("p50", "ms"), latencies.percentileMs(0.50));
        stage.row(Metric.less("p99", "ms"), latencies.percentileMs(0.99));
        if (stage.tunnel().hasProcesses()) {
          stage.row(Metric.less("CPU", "CPU-ms each"), cpu * 1000 / latencies.count());
        }
      }
    } finally {
      for (Connection connection : opened) {
        connection.close();
      }
    }
  }
}
