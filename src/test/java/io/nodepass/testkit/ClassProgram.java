package io.nodepass.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A {@code main} of the testkit as a process of its own, in a namespace. */
public final class ClassProgram implements AutoCloseable {
  private final String name;
  private final Process process;
  private final OutputLines output = new OutputLines();

  private ClassProgram(String name, Process process) {
    this.name = name;
    this.process = process;
    output.collect(process.getInputStream(), "");
  }

  /** Starts it in a small JVM, and does not wait for anything. */
  public static ClassProgram start(Namespace place, Class<?> main, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx64m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    command.addAll(List.of("-cp", classes(main), main.getName()));
    command.addAll(List.of(arguments));
    try {
      return new ClassProgram(
          main.getSimpleName(),
          new ProcessBuilder(place.inside(command)).redirectErrorStream(true).start());
    } catch (IOException e) {
      throw new UncheckedIOException("could not start " + command, e);
    }
  }

  private static String classes(Class<?> main) {
    try {
      return Path.of(main.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
    } catch (URISyntaxException e) {
      throw new AssertionError("classes are in no file", e);
    }
  }

  /** A mark in the output, from which {@link #awaitLine} looks. */
  public int mark() {
    return output.size();
  }

  /** The first line after the mark that begins so. */
  public String awaitLine(int mark, String beginning, Duration limit) {
    Await.until(
        () -> "a line '" + beginning + "…'\n" + tail(),
        limit,
        () -> {
          if (!process.isAlive()) {
            throw new IllegalStateException("it ended with " + process.exitValue() + "\n" + tail());
          }
          return output.find(mark, line -> line.startsWith(beginning)) != null;
        });
    return output.find(mark, line -> line.startsWith(beginning));
  }

  /** How many lines so far begin so. */
  public int linesWith(String beginning) {
    return output.count(line -> line.startsWith(beginning));
  }

  public String tail() {
    return "--- " + name + ", last lines:\n" + output.tail(20);
  }

  @Override
  public void close() {
    process.destroyForcibly();
    try {
      process.waitFor(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
