package io.nodepass.it;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.nodepass.testkit.NodePassProcess;
import io.nodepass.testkit.RealProgram;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * What {@code install.sh} puts under a prefix: the packaged jar, on the java that runs the tests.
 *
 * @param prefix need not be there
 */
record Installation(Path prefix) {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  /** Runs a word of install.sh for this prefix, without a terminal. */
  RealProgram.Result run(String word, String... options) throws IOException {
    return run(List.of(), word, options);
  }

  /** The same with more for env: further variables, or a program that starts it. */
  RealProgram.Result run(List<String> environment, String word, String... options)
      throws IOException {
    List<String> arguments = new ArrayList<>();
    // Of the environment it gets what it needs: no JAVA_TOOL_OPTIONS, and the java of the tests.
    arguments.addAll(List.of("-i", "PATH=" + System.getenv("PATH"), "HOME=" + prefix.getParent()));
    arguments.add("JAVA_HOME=" + System.getProperty("java.home"));
    arguments.addAll(environment);
    arguments.addAll(List.of("sh", Path.of("install.sh").toAbsolutePath().toString()));
    arguments.addAll(List.of(word, "--prefix", prefix.toString()));
    arguments.addAll(Arrays.asList(options));
    return RealProgram.run(LIMIT, "env", "coreutils", arguments.toArray(String[]::new));
  }

  /** Installs the packaged jar. */
  Installation install() throws IOException {
    RealProgram.Result result = run("install", "--jar", System.getProperty("nodepass.jar"));
    assertEquals(0, result.exit(), result::err);
    return this;
  }

  Path launcher() {
    return prefix.resolve("bin/nodepass");
  }

  Path file(String name) {
    return prefix.resolve("lib/nodepass").resolve(name);
  }

  NodePassProcess.Launch launch() {
    return NodePassProcess.launch().by(launcher());
  }

  /** Everything below the prefix and itself, as paths from it; empty when it is not there. */
  List<String> everything() {
    if (!Files.exists(prefix)) {
      return List.of();
    }
    try (Stream<Path> files = Files.walk(prefix)) {
      return files.map(file -> prefix.relativize(file).toString()).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The directory of another JDK that will do than that of the tests; null when there is none. */
  static Path otherJdk() throws IOException {
    Path own = Path.of(System.getProperty("java.home")).toRealPath();
    Path all = Objects.requireNonNull(own.getParent());
    try (Stream<Path> homes = Files.list(all)) {
      for (Path home : homes.sorted().toList()) {
        if (Files.isExecutable(home.resolve("bin/java"))
            && !home.toRealPath().equals(own)
            && release(home) >= 17) {
          return home;
        }
      }
      return null;
    }
  }

  private static int release(Path home) throws IOException {
    String prefix = "JAVA_VERSION=\"";
    for (String line : Files.readAllLines(home.resolve("release"))) {
      if (line.startsWith(prefix)) {
        String version = line.substring(prefix.length()).replaceAll("[^0-9].*", "");
        return version.isEmpty() ? 0 : Integer.parseInt(version);
      }
    }
    return 0;
  }
}
