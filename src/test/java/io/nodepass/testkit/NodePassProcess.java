package io.nodepass.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.StringTokenizer;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * The packaged program as a process of its own. The jar is named by the system property {@code
 * nodepass.jar}; the JVM is the one that runs the tests.
 */
public final class NodePassProcess implements AutoCloseable {
  private static final int TAIL = 40;
  private static final String ERROR_PREFIX = "stderr: ";

  private final String name;
  private final Process process;
  private final OutputLines output = new OutputLines();

  private NodePassProcess(String name, Process process) {
    this.name = name;
    this.process = process;
    output.collect(process.getInputStream(), "");
    output.collect(process.getErrorStream(), ERROR_PREFIX);
  }

  /** What to start, and how. Each call adds to it. */
  public static final class Launch {
    private final List<String> jvm = new ArrayList<>();
    private final Map<String, String> environment = new LinkedHashMap<>();
    private int descriptors;
    private Path launcher;
    private Namespace place;

    public Launch jvm(String... flags) {
      jvm.addAll(List.of(flags));
      return this;
    }

    public Launch env(String variable, Object value) {
      environment.put(variable, value.toString());
      return this;
    }

    /** The most descriptors the process may have; a JVM alone needs about 60. */
    public Launch descriptors(int most) {
      descriptors = most;
      return this;
    }

    /** Starts this program instead of a JVM with the jar; JVM flags are not handed to it. */
    public Launch by(Path launcher) {
      this.launcher = launcher;
      return this;
    }

    /** Starts it in this network instead of the machine's own. */
    public Launch in(Namespace network) {
      place = network;
      return this;
    }

    /** Starts it; the name stands in messages. */
    public NodePassProcess start(String name, String... arguments) {
      List<String> command = new ArrayList<>();
      if (descriptors > 0) {
        command.addAll(
            List.of("sh", "-c", "ulimit -n " + descriptors + "; exec \"$@\"", "limited"));
      }
      if (launcher != null) {
        command.add(launcher.toString());
      } else {
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(jvm);
        command.add("-jar");
        command.add(jar());
      }
      command.addAll(List.of(arguments));
      ProcessBuilder builder = new ProcessBuilder(place == null ? command : place.inside(command));
      builder.environment().keySet().removeIf(NodePassProcess::wouldInterfere);
      builder.environment().putAll(environment);
      try {
        return new NodePassProcess(name, builder.start());
      } catch (IOException e) {
        throw new UncheckedIOException("could not start " + command, e);
      }
    }
  }

  public static Launch launch() {
    return new Launch();
  }

  private static boolean wouldInterfere(String variable) {
    return variable.equals("JAVA_TOOL_OPTIONS")
        || variable.equals("JDK_JAVA_OPTIONS")
        || variable.equals("JAVA_HOME")
        || variable.equals("NODEPASS_KEY")
        || variable.startsWith("NODEPASS_JAVA");
  }

  private static String jar() {
    String jar = System.getProperty("nodepass.jar");
    if (jar == null || !Files.isRegularFile(Path.of(jar))) {
      throw new AssertionError("the system property nodepass.jar names no file: " + jar);
    }
    return jar;
  }

  /** A mark in the output, from which {@link #awaitLine(int, String, Duration)} looks. */
  public int mark() {
    return output.size();
  }

  /** The first line that contains the text, from the beginning of the output. */
  public String awaitLine(String text, Duration limit) {
    return awaitLine(0, text, limit);
  }

  /** The first line after the mark that contains the text. */
  public String awaitLine(int mark, String text, Duration limit) {
    return awaitLine(mark, "a line with '" + text + "'", line -> line.contains(text), limit);
  }

  /** The first line after the mark that matches; fails as soon as the process has ended without. */
  public String awaitLine(int mark, String what, Predicate<String> wanted, Duration limit) {
    Await.until(
        () -> name + " wrote no such line: " + what + "\n" + tail(),
        limit,
        () -> {
          boolean alive = process.isAlive();
          if (!alive) {
            output.finish(1_000);
          }
          if (output.find(mark, wanted) == null && !alive) {
            throw new IllegalStateException(
                name + " ended with " + process.exitValue() + " before: " + what + "\n" + tail());
          }
          return output.find(mark, wanted) != null;
        });
    return output.find(mark, wanted);
  }

  /** How many lines so far contain the text. */
  public int linesWith(String text) {
    return output.count(line -> line.contains(text));
  }

  /** All lines so far, of both streams. */
  public List<String> lines() {
    return output.all();
  }

  /** Its arguments as everybody on the machine can see them. */
  public String visibleArguments() {
    try {
      Path file = Path.of("/proc", Long.toString(process.pid()), "cmdline");
      return Files.readString(file, StandardCharsets.ISO_8859_1).replace('\0', ' ');
    } catch (IOException e) {
      throw new UncheckedIOException(name + " has no arguments\n" + tail(), e);
    }
  }

  /** Whether standard error has a line with the text. */
  public boolean hasErrorWith(String text) {
    return output.count(line -> line.startsWith(ERROR_PREFIX) && line.contains(text)) > 0;
  }

  /** The last lines of both streams. */
  public String tail() {
    return "--- " + name + " (pid " + process.pid() + "), last lines:\n" + output.tail(TAIL);
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /** Sends a signal by its name without SIG, such as TERM, INT, KILL, STOP or CONT. */
  public void signal(String signal) {
    try {
      Process kill =
          new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid()))
              .inheritIO()
              .start();
      if (kill.waitFor() != 0) {
        throw new AssertionError("could not send " + signal + " to " + name + "\n" + tail());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }

  /** The exit code, which must come within the limit; all output is there afterwards. */
  public int awaitExit(Duration limit) {
    try {
      if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new AssertionError(
            name + " did not end within " + limit.toMillis() + " ms\n" + tail());
      }
      output.finish(2_000);
      return process.exitValue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }

  /** The processor time it has used. */
  public Duration cpu() {
    return process.info().totalCpuDuration().orElseThrow();
  }

  /** Resident memory, bytes. */
  public long residentBytes() {
    return statusNumber("VmRSS:") * 1024;
  }

  /** The most resident memory it ever had, bytes. */
  public long peakResidentBytes() {
    return statusNumber("VmHWM:") * 1024;
  }

  public int threads() {
    return (int) statusNumber("Threads:");
  }

  public int descriptors() {
    try (Stream<Path> open = Files.list(Path.of("/proc", Long.toString(process.pid()), "fd"))) {
      return (int) open.count();
    } catch (IOException e) {
      throw new UncheckedIOException(name + " has no descriptors\n" + tail(), e);
    }
  }

  /** How many objects of each class of our own are reachable. Costs a thread, which stays. */
  public Map<String, Integer> instances() {
    String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
    RealProgram.Result result;
    try {
      result =
          RealProgram.run(
              Duration.ofSeconds(20),
              List.of(jcmd, Long.toString(process.pid()), "GC.class_histogram"));
    } catch (IOException e) {
      throw new UncheckedIOException("could not look into " + name, e);
    }
    Map<String, Integer> counts = new TreeMap<>();
    for (String line : result.out().lines().toList()) {
      // "  12:       20       480  io.nodepass.tunnel.ReadyConnection"
      if (line.contains(" io.nodepass.")) {
        StringTokenizer columns = new StringTokenizer(line);
        columns.nextToken();
        int count = Integer.parseInt(columns.nextToken());
        columns.nextToken();
        counts.put(columns.nextToken(), count);
      }
    }
    if (counts.isEmpty()) {
      throw new AssertionError("no class of ours is in " + name + ": " + result);
    }
    return counts;
  }

  private long statusNumber(String key) {
    Path status = Path.of("/proc", Long.toString(process.pid()), "status");
    try (Stream<String> lines = Files.lines(status)) {
      String line = lines.filter(text -> text.startsWith(key)).findFirst().orElseThrow();
      return Long.parseLong(line.substring(key.length()).replace("kB", "").strip());
    } catch (IOException e) {
      throw new UncheckedIOException(name + " has no status\n" + tail(), e);
    }
  }

  /** Ends it at once if it still runs. */
  @Override
  public void close() {
    process.destroyForcibly();
    awaitExit(Duration.ofSeconds(10));
  }
}
