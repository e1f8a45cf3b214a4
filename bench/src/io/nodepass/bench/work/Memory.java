package io.nodepass.bench.work;

import io.nodepass.bench.load.Connection;
import io.nodepass.bench.load.Dialer;
import io.nodepass.bench.load.Wire;
import io.nodepass.bench.load.WrongBytesException;
import io.nodepass.bench.process.Tunnel;
import io.nodepass.bench.report.Metric;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/**
 * The resident set of fresh processes, idle and then with many connections held that have each
 * echoed one byte. A connection counts as held if it echoes another one afterwards.
 */
record Memory(int connections) implements Workload {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration ANSWER = Duration.ofSeconds(5);
  private static final long SETTLE_MS = 1_000;
  private static final double MB = 1e6;

  @Override
  public String name() {
    return "memory";
  }

  @Override
  public boolean needsFreshProcesses() {
    return true;
  }

  @Override
  public void run(Stage stage) throws IOException, InterruptedException {
    Tunnel tunnel = stage.startFresh();
    List<Connection> opened = List.of();
    try {
      // Pools and thread stacks grow for a moment after the first byte.
      Thread.sleep(SETTLE_MS);
      double before = tunnel.residentBytes() / MB;
      Dialer dialer = new Dialer(tunnel.entry(), PATIENCE);
      opened = dialer.echoes(connections);
      Thread.sleep(SETTLE_MS);
      double with = tunnel.residentBytes() / MB;
      int held = countAnswers(opened);

      stage.row(Metric.less("before", "MB RSS"), before);
      stage.row(Metric.less("with held", "MB RSS"), with);
      stage.row(Metric.more("held", "connections"), held);
      stage.row(
          Metric.less("per held", "KiB RSS"), (with - before) * MB / 1024 / Math.max(1, held));
      stage.lost(dialer.lost() + opened.size() - held, dialer.lastFailure());
      if (opened.size() < connections) {
        throw new IOException("only " + opened.size() + " opened: " + dialer.lastFailure());
      }
    } finally {
      for (Connection connection : opened) {
        connection.close();
      }
      tunnel.stop();
    }
  }

  private static int countAnswers(List<Connection> opened) throws WrongBytesException {
    int held = 0;
    for (Connection connection : opened) {
      try {
        connection.allow(ANSWER);
        connection.write(Wire.ECHO);
        connection.expect(Wire.ECHO);
        held++;
      } catch (WrongBytesException e) {
        throw e;
      } catch (IOException e) {
        // Not held; the difference is reported.
      }
    }
    return held;
  }
}
