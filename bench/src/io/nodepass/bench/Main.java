package io.nodepass.bench;

import io.nodepass.bench.process.Children;
import io.nodepass.bench.report.Results;
import io.nodepass.bench.report.Tables;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Measures tunnels side by side. Exit status: 0 if every byte was right and no connection was lost
 * by a peer that claims to lose none, 1 if not, 2 for a wrong command line, 3 at the time limit.
 */
public final class Main {
  private Main() {}

  public static void main(String[] args) throws IOException, InterruptedException {
    if (args.length == 1 && args[0].equals("--help")) {
      System.out.print(Options.USAGE);
      return;
    }
    Options options;
    try {
      options = Options.parse(args);
    } catch (IllegalArgumentException e) {
      System.err.println("bench: " + e.getMessage() + "\n\n" + Options.USAGE);
      System.exit(2);
      return;
    }
    exitAfter(options.limit());
    boolean clean;
    try (Children children = new Children();
        Results results = new Results(options.out(), describe(args))) {
      new Rounds(options, children, results).run();
      new Tables(results, options.baseline()).print(System.out);
      clean = results.isClean();
    }
    System.exit(clean ? 0 : 1);
  }

  private static void exitAfter(Duration limit) {
    Thread thread =
        new Thread(
            () -> {
              try {
                Thread.sleep(limit.toMillis());
                System.err.println("bench: not done after " + limit.toMinutes() + " minutes");
                System.exit(3);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            },
            "limit");
    thread.setDaemon(true);
    thread.start();
  }

  private static Map<String, String> describe(String[] args) throws IOException {
    Map<String, String> run = new LinkedHashMap<>();
    run.put("started", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
    run.put("arguments", Arrays.toString(args));
    run.put("processors", Integer.toString(Runtime.getRuntime().availableProcessors()));
    run.put("kernel", System.getProperty("os.name") + " " + System.getProperty("os.version"));
    run.put("generator", "Java " + System.getProperty("java.version"));
    Path load = Path.of("/proc/loadavg");
    run.put("load", Files.exists(load) ? Files.readString(load).trim() : "unknown");
    return run;
  }
}
