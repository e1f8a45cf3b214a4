package io.nodepass.testkit;

import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * A long cable between two namespaces, which can be cut: then every packet vanishes, and neither
 * end is told. It is {@code src/test/native/wan.c}, which is compiled for it.
 */
public final class Cable implements AutoCloseable {
  /** Addresses of the two ends, which stand in the program. */
  public static final String A = "10.77.0.1";

  public static final String B = "10.77.0.2";

  private static final Path SOURCE = Path.of("src/test/native/wan.c");
  private static final Path TUN = Path.of("/dev/net/tun");
  private static final Duration START = Duration.ofSeconds(20);

  private final Namespace a;
  private final Namespace b;
  private final Process process;
  private final OutputLines output = new OutputLines();
  private final Thread remains = new Thread(this::remove, "cable");

  private Cable(String name, Process process) {
    this.a = new Namespace(name + "-a");
    this.b = new Namespace(name + "-b");
    this.process = process;
    output.collect(process.getInputStream(), "");
    Runtime.getRuntime().addShutdownHook(remains);
  }

  /**
   * Lays one. Skips the test, and says why, where there can be none.
   *
   * @param directory where to compile
   * @param delay one way
   * @param longest after which it takes itself away, should the test have died
   */
  public static Cable lay(Path directory, Duration delay, Duration longest) throws IOException {
    Namespaces.create().close();
    if (!Files.exists(TUN)) {
      abort("there is no " + TUN + ": not tested here");
    }
    Path program = compile(directory);
    String name = "npw" + Integer.toHexString(ThreadLocalRandom.current().nextInt() & 0xFFFFFF);
    Cable cable =
        new Cable(
            name,
            new ProcessBuilder(
                    program.toString(),
                    name,
                    Long.toString(delay.toMillis()),
                    "0",
                    "0",
                    "0",
                    Long.toString(longest.toSeconds()))
                .redirectErrorStream(true)
                .start());
    try {
      cable.awaitReady();
      return cable;
    } catch (AssertionError e) {
      cable.close();
      throw e;
    }
  }

  private static Path compile(Path directory) throws IOException {
    String compiler;
    try {
      compiler = RealProgram.find("cc", "gcc");
    } catch (AssertionError e) {
      return abort("there is no C compiler for " + SOURCE + ": not tested here");
    }
    Path program = directory.resolve("wan");
    Namespaces.require(
        RealProgram.run(
            Duration.ofSeconds(60),
            List.of(compiler, "-O2", "-o", program.toString(), SOURCE.toString())),
        "compiling " + SOURCE);
    return program;
  }

  private void awaitReady() {
    Await.until(
        () -> "the cable is ready\n" + output.tail(20),
        START,
        () -> {
          if (!process.isAlive()) {
            output.finish(1_000);
            throw new IllegalStateException("it ended\n" + output.tail(20));
          }
          return output.find(0, line -> line.equals("ready")) != null;
        });
  }

  /** Where {@link #A} is. */
  public Namespace a() {
    return a;
  }

  /** Where {@link #B} is. */
  public Namespace b() {
    return b;
  }

  public void cut() {
    signal("USR1");
  }

  public void mend() {
    signal("USR2");
  }

  private void signal(String name) {
    Namespaces.require(
        Namespaces.run(List.of("sh", "-c", "kill -s " + name + " " + process.pid())), "kill");
  }

  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(remains);
    } catch (IllegalStateException e) {
      // The JVM is ending: the hook does it.
      return;
    }
    remove();
  }

  /** The program takes its namespaces away itself; what it could not is taken away here. */
  private void remove() {
    process.destroy();
    try {
      if (!process.waitFor(5, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
    Namespaces.delete(a);
    Namespaces.delete(b);
  }
}
