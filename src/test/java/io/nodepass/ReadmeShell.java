package io.nodepass;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Runs a block of a page as its reader would, with {@code nodepass} as a command that starts the
 * packaged jar. Every port that the block names after a colon is replaced by a free one, the same
 * throughout, so that runs beside each other do not meet. When the block has ended, whatever it
 * left in the background gets SIGTERM and must end with code 0 as well.
 *
 * @param jar the packaged jar
 * @param folder where each block gets a working directory of its own
 * @param known ports that stand for something of the test's own, as written → as listening
 */
record ReadmeShell(Path jar, Path folder, Map<Integer, Integer> known) {
  /**
   * How a block ended.
   *
   * @param code the exit code of the block, of a background process of it, or {@link #TIMED_OUT}
   * @param output both streams of everything that it ran
   */
  record Result(int code, String output) {}

  static final int TIMED_OUT = -1;
  private static final Pattern PORT = Pattern.compile(":(\\d{4,5})\\b");

  private static final String PROLOGUE =
      """
      set -eu
      finish() {
        status=$?
        trap - EXIT
        for pid in $(jobs -p); do
          kill -TERM "$pid" 2>/dev/null || :
          wait "$pid" || {
            code=$?
            echo "background process $pid ended with $code"
            [ "$status" -ne 0 ] || status=$code
          }
        done
        exit "$status"
      }
      trap finish EXIT
      """;

  Result run(ReadmeBlock block, long seconds) throws IOException, InterruptedException {
    Path bin = Files.createDirectories(folder.resolve("bin"));
    Path command = bin.resolve("nodepass");
    Path java = Path.of(System.getProperty("java.home"), "bin", "java");
    // exec: the pid that the shell knows is that of the JVM, so that SIGTERM reaches it.
    Files.writeString(command, "#!/bin/sh\nexec '" + java + "' -jar '" + jar + "' \"$@\"\n");
    if (!command.toFile().setExecutable(true)) {
      throw new IOException(command + " cannot be made executable");
    }
    Path work = Files.createTempDirectory(folder, "block");
    Path script = work.resolve("script.sh");
    Path output = work.resolve("output");
    Files.writeString(script, PROLOGUE + withFreePorts(String.join("\n", block.text())) + "\n");

    ProcessBuilder builder = new ProcessBuilder("bash", script.toString());
    builder.directory(work.toFile()).redirectErrorStream(true).redirectOutput(output.toFile());
    builder.redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
    builder.environment().merge("PATH", bin.toString(), (path, first) -> first + ":" + path);
    Process shell = builder.start();
    boolean ended = shell.waitFor(seconds, TimeUnit.SECONDS);
    if (!ended) {
      // The children first: once the shell is gone nobody knows whose they are.
      shell.descendants().forEach(ProcessHandle::destroyForcibly);
      shell.destroyForcibly().waitFor();
    }
    return new Result(ended ? shell.exitValue() : TIMED_OUT, Files.readString(output));
  }

  private String withFreePorts(String text) throws IOException {
    Map<Integer, Integer> ports = new TreeMap<>(known);
    List<ServerSocket> held = new ArrayList<>();
    try {
      for (Matcher m = PORT.matcher(text); m.find(); ) {
        Integer written = Integer.valueOf(m.group(1));
        if (!ports.containsKey(written)) {
          ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
          held.add(socket);
          ports.put(written, socket.getLocalPort());
        }
      }
    } finally {
      for (ServerSocket socket : held) {
        socket.close();
      }
    }
    return PORT.matcher(text).replaceAll(m -> ":" + ports.get(Integer.valueOf(m.group(1))));
  }
}
