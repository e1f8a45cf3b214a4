package io.nodepass;

import io.nodepass.config.ConfigException;
import io.nodepass.telemetry.Level;
import io.nodepass.telemetry.Log;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeoutException;

/**
 * {@code nodepass demo}: a target, a server and a client in this process, on free loopback ports,
 * and traffic through each mode that exists, with every byte checked.
 */
final class Demo {
  /** Errors of the tunnels are shown, what they say in passing is not. */
  private static final class ErrorsOnly implements Log {
    private final PrintStream out;

    ErrorsOnly(PrintStream out) {
      this.out = out;
    }

    @Override
    public boolean on(Level level) {
      return level.compareTo(Level.ERROR) >= 0;
    }

    @Override
    public void write(Level level, String message) {
      if (on(level)) {
        out.println(message);
      }
    }
  }

  /**
   * A way through the tunnel.
   *
   * @param transport what carries it
   * @param tls how it is encrypted
   * @param query what the server's URL has to say for it
   */
  private record Mode(String transport, String tls, String query) {}

  private static final List<Mode> MODES =
      List.of(new Mode("tcp", "none", "tls=0"), new Mode("tcp", "1.3", "tls=1"));
  private static final Duration READY = Duration.ofSeconds(5);
  private static final String LOCAL = "127.0.0.1:";

  private final PrintStream out;

  private Demo(PrintStream out) {
    this.out = out;
  }

  /** Runs it all; the exit code is 0 only when every byte was right. */
  static int run(PrintStream out) throws InterruptedException {
    return new Demo(out).run();
  }

  private int run() throws InterruptedException {
    out.println("NodePass demo: target <- client <- tunnel <- server <- this program, on loopback");
    StringBuilder table = new StringBuilder();
    row(table, "transport", "TLS", "MB/s", "conns/s", "p50 ms", "p99 ms", "bytes");
    boolean right = true;
    for (Mode mode : MODES) {
      try {
        show(mode, table);
      } catch (IOException | ConfigException | TimeoutException e) {
        right = false;
        out.println("  FAILED: " + e.getMessage());
        row(table, mode.transport(), mode.tls(), "-", "-", "-", "-", "WRONG");
      }
    }
    out.println();
    out.print(table);
    out.println();
    out.println(right ? "Every byte was right." : "Something was wrong: see above.");
    return right ? ExitCode.OK : ExitCode.SOFTWARE;
  }

  private void show(Mode mode, StringBuilder table)
      throws IOException, ConfigException, TimeoutException, InterruptedException {
    out.println("transport " + mode.transport() + ", TLS " + mode.tls());
    Log log = new ErrorsOnly(out);
    try (EchoTarget target = EchoTarget.start();
        NodePass server =
            NodePass.start("server://" + LOCAL + "0/" + LOCAL + "0?" + mode.query(), log);
        NodePass client =
            NodePass.start(
                "client://"
                    + LOCAL
                    + server.tunnelAddress().getPort()
                    + "/"
                    + LOCAL
                    + target.port(),
                log)) {
      client.awaitReady(READY);
      InetSocketAddress ingress = server.address();
      out.println("  one connection, both ways at once ...");
      DemoLoad.bulk(ingress); // a JVM that has just started is what would be measured
      double rate = DemoLoad.bulk(ingress);
      out.println("  half-close: end of request, then the whole answer ...");
      DemoLoad.halfClose(ingress);
      out.println("  many short connections ...");
      DemoLoad.Latencies shorts = DemoLoad.shortConnections(ingress);
      row(
          table,
          mode.transport(),
          mode.tls(),
          tenths(rate / 1e6),
          String.valueOf(Math.round(shorts.perSecond())),
          hundredths(shorts.percentile(50) / 1e6),
          hundredths(shorts.percentile(99) / 1e6),
          "all right");
    }
  }

  private static void row(StringBuilder table, String... cells) {
    int[] widths = {11, 6, 9, 9, 8, 8, 9};
    for (int i = 0; i < cells.length; i++) {
      boolean number = i >= 2 && i < 6;
      int blanks = Math.max(0, widths[i] - cells[i].length());
      table.append(number ? " ".repeat(blanks) : "").append(cells[i]);
      table.append(number ? "  " : " ".repeat(blanks));
    }
    table.append('\n');
  }

  private static String tenths(double value) {
    long scaled = Math.round(value * 10);
    return scaled / 10 + "." + scaled % 10;
  }

  private static String hundredths(double value) {
    long scaled = Math.round(value * 100);
    return scaled / 100 + (scaled % 100 < 10 ? ".0" : ".") + scaled % 100;
  }
}
