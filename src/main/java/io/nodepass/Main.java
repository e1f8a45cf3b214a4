package io.nodepass;

import io.nodepass.config.ConfigException;
import io.nodepass.config.TunnelConfig;
import io.nodepass.config.TunnelUrl;
import io.nodepass.telemetry.Level;
import io.nodepass.telemetry.LineLog;
import io.nodepass.telemetry.LineWriter;
import io.nodepass.telemetry.Log;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Security;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The command line: {@link Usage} says what it takes, {@link ExitCode} how it ends. */
public final class Main {
  private static final Duration FLUSH = Duration.ofSeconds(1);

  private Main() {}

  public static void main(String[] args) {
    int code;
    try {
      code = run(args);
    } catch (Throwable e) {
      System.err.println("nodepass: internal error: " + e);
      code = ExitCode.SOFTWARE;
    }
    System.exit(code);
  }

  private static int run(String[] args) throws InterruptedException {
    CommandLine command = CommandLine.parse(args);
    if (command instanceof CommandLine.Run run) {
      return runTunnels(run.urls());
    }
    if (command instanceof CommandLine.Demo) {
      return Demo.run(System.out);
    }
    if (command instanceof CommandLine.KeyGen) {
      System.out.println(NewKey.text());
      return ExitCode.OK;
    }
    if (command instanceof CommandLine.UsageError error) {
      System.err.print(error.text());
      return ExitCode.USAGE;
    }
    if (command instanceof CommandLine.Version) {
      System.out.println(Version.line());
    } else {
      System.out.print(Usage.text());
    }
    return ExitCode.OK;
  }

  private static int runTunnels(List<String> urls) throws InterruptedException {
    List<String> warnings = new ArrayList<>();
    List<TunnelConfig> configs = new ArrayList<>();
    try {
      for (String url : urls) {
        configs.add(TunnelUrl.parse(url, System.getenv(), warnings::add));
      }
    } catch (ConfigException e) {
      System.err.println("nodepass: " + e.getMessage());
      return ExitCode.CONFIG;
    }
    // Names are looked up at each dial; the JVM would hold on to an answer for half a minute.
    Security.setProperty("networkaddress.cache.ttl", "5");
    Security.setProperty("networkaddress.cache.negative.ttl", "1");
    StopSignals signals = StopSignals.install();
    try (LineWriter writer =
        LineWriter.start(new FileOutputStream(FileDescriptor.out), onTerminal())) {
      Log log = new LineLog(writer, configs.get(0).log());
      // The environment is read once for each URL: each warning is written once all the same.
      warnings.stream().distinct().forEach(log::warn);
      TunnelGroup running;
      try {
        running = TunnelGroup.start(configs, config -> new LineLog(writer, config.log()));
      } catch (ConfigException e) {
        writer.flush(FLUSH);
        System.err.println("nodepass: " + e.getMessage());
        return ExitCode.CONFIG;
      } catch (IOException e) {
        writer.flush(FLUSH);
        System.err.println("nodepass: " + e.getMessage());
        return ExitCode.SOFTWARE;
      }
      signals.onSecond(running::abort);
      String signal = signals.await();
      int left = running.running();
      log.info(
          "shutting down on "
              + signal
              + (left == 0 ? "" : ": " + left + " running; a second signal ends them at once"));
      TunnelGroup.Shutdown shutdown = running.shutdown();
      log.write(
          Level.INFO,
          "shutdown complete: "
              + shutdown.ended()
              + (shutdown.ended() == 1 ? " connection ended, " : " connections ended, ")
              + shutdown.aborted()
              + " aborted");
      writer.flush(FLUSH);
      return ExitCode.OK;
    }
  }

  /**
   * Whether stdout is a terminal, where the system can tell: System.console() asks of stdin too.
   */
  private static boolean onTerminal() {
    try {
      String stdout = Files.readSymbolicLink(Path.of("/proc/self/fd/1")).toString();
      return stdout.startsWith("/dev/pts/") || stdout.startsWith("/dev/tty");
    } catch (IOException | UnsupportedOperationException e) {
      return false;
    }
  }
}
