package io.nodepass.bench.process;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.StringTokenizer;

/** What the kernel tells about processes and sockets under /proc. */
final class ProcFiles {
  private static final Path PROC = Path.of("/proc");
  private static final double TICKS_PER_SECOND = ticksPerSecond();

  private ProcFiles() {}

  /** User and system time of all threads of a process, ended ones included; seconds. */
  static double cpuSeconds(long pid) throws IOException {
    String stat = read(pid, "stat");
    // Fields are counted behind the parenthesised name, which may hold blanks itself.
    StringTokenizer fields = new StringTokenizer(stat.substring(stat.lastIndexOf(')') + 1));
    for (int field = 3; field < 14; field++) {
      fields.nextToken();
    }
    long ticks = Long.parseLong(fields.nextToken()) + Long.parseLong(fields.nextToken());
    return ticks / TICKS_PER_SECOND;
  }

  /** Resident set of a process, bytes. */
  static long residentBytes(long pid) throws IOException {
    for (String line : read(pid, "status").lines().toList()) {
      if (line.startsWith("VmRSS:")) {
        StringTokenizer fields = new StringTokenizer(line);
        fields.nextToken();
        return Long.parseLong(fields.nextToken()) << 10;
      }
    }
    throw new IOException("process " + pid + " has no resident set");
  }

  private static String read(long pid, String file) throws IOException {
    try {
      return Files.readString(PROC.resolve(Long.toString(pid)).resolve(file));
    } catch (NoSuchFileException e) {
      throw new IOException("process " + pid + " of the tunnel has ended", e);
    }
  }

  /** Whether any process listens on a TCP port; asks the kernel, so that no connection is spent. */
  static boolean listens(int port) throws IOException {
    String suffix = String.format(Locale.ROOT, ":%04X", port);
    return listens("net/tcp", suffix) || listens("net/tcp6", suffix);
  }

  private static boolean listens(String file, String suffix) throws IOException {
    Path path = PROC.resolve(file);
    if (!Files.exists(path)) {
      return false;
    }
    // Listening sockets come first: what follows, tens of thousands in TIME_WAIT, is not read.
    try (InputStream in = Files.newInputStream(path)) {
      StringBuilder line = new StringBuilder();
      byte[] chunk = new byte[4096];
      for (int n = in.read(chunk); n > 0; n = in.read(chunk)) {
        line.append(new String(chunk, 0, n, StandardCharsets.US_ASCII));
        int end;
        while ((end = line.indexOf("\n")) >= 0) {
          StringTokenizer fields = new StringTokenizer(line.substring(0, end));
          line.delete(0, end + 1);
          String slot = fields.nextToken();
          String local = fields.nextToken();
          fields.nextToken();
          boolean listening = fields.nextToken().equals("0A");
          if (listening && local.endsWith(suffix)) {
            return true;
          }
          if (!listening && slot.endsWith(":")) {
            return false;
          }
        }
      }
    }
    return false;
  }

  private static double ticksPerSecond() {
    try {
      Process getconf = new ProcessBuilder(List.of("getconf", "CLK_TCK")).start();
      String ticks = new String(getconf.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      return Double.parseDouble(ticks.trim());
    } catch (IOException | NumberFormatException e) {
      return 100;
    }
  }
}
