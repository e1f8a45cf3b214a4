package io.nodepass.testkit;

import java.io.File;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A program of this machine, as a service on a loopback port or run once. A program that is not
 * installed fails the test and names the package: what was not tested must not look tested.
 */
public final class RealProgram implements AutoCloseable {
  private static final Duration START = Duration.ofSeconds(10);
  private static final List<String> MORE_PLACES =
      List.of("/usr/sbin", "/usr/local/sbin", "/usr/local/bin", "/opt/homebrew/bin");

  private final String name;
  private final Process process;
  private final OutputLines output = new OutputLines();
  private final InetSocketAddress address;

  private RealProgram(String name, Process process, InetSocketAddress address) {
    this.name = name;
    this.process = process;
    this.address = address;
    output.collect(process.getInputStream(), "");
  }

  /** What a program that was run once left behind. */
  public record Result(int exit, String out, String err) {}

  /** A redis server that keeps nothing on disk. */
  public static RealProgram redis(Path directory) throws IOException {
    int port = Ports.free();
    Path config = directory.resolve("redis.conf");
    Files.writeString(
        config,
        String.join(
            "\n",
            "bind 127.0.0.1",
            "port " + port,
            "daemonize no",
            "save \"\"",
            "appendonly no",
            "dir " + directory,
            ""));
    return serve(port, find("redis-server", "redis-server"), config.toString());
  }

  /** An nginx that serves the files of a directory. */
  public static RealProgram nginx(Path directory, Path files) throws IOException {
    return nginx(directory, files, null);
  }

  /** The same in a namespace, on loopback there. */
  public static RealProgram nginx(Path directory, Path files, Namespace place) throws IOException {
    int port = Ports.free();
    Path config = directory.resolve("nginx.conf");
    List<String> lines = new ArrayList<>();
    lines.add("daemon off;");
    lines.add("master_process off;");
    lines.add("pid " + directory.resolve("nginx.pid") + ";");
    lines.add("error_log stderr warn;");
    lines.add("events { worker_connections 1024; }");
    lines.add("http {");
    lines.add("  access_log off;");
    for (String kind : List.of("client_body", "proxy", "fastcgi", "uwsgi", "scgi")) {
      lines.add("  " + kind + "_temp_path " + directory.resolve("tmp-" + kind) + ";");
    }
    lines.add("  keepalive_requests 100000;");
    lines.add("  server {");
    lines.add("    listen 127.0.0.1:" + port + ";");
    lines.add("    root " + files + ";");
    lines.add("  }");
    lines.add("}");
    Files.write(config, lines);
    return serve(
        place,
        port,
        find("nginx", "nginx"),
        "-e",
        "stderr",
        "-p",
        directory.toString(),
        "-c",
        config.toString());
  }

  /** An iperf3 server. */
  public static RealProgram iperf3() throws IOException {
    int port = Ports.free();
    return serve(
        port, find("iperf3", "iperf3"), "-s", "-B", "127.0.0.1", "-p", Integer.toString(port));
  }

  /** Runs a program to its end, which must come within the limit. */
  public static Result run(Duration limit, String program, String packageName, String... arguments)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(find(program, packageName));
    command.addAll(List.of(arguments));
    return run(limit, command);
  }

  /** Runs a command to its end, which must come within the limit. */
  public static Result run(Duration limit, List<String> command) throws IOException {
    Path out = Files.createTempFile("program", ".out");
    Path err = Files.createTempFile("program", ".err");
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectOutput(out.toFile())
              .redirectError(err.toFile())
              .start();
      try {
        if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
          throw new AssertionError(
              command
                  + " did not end within "
                  + limit.toSeconds()
                  + " s; stderr: "
                  + Files.readString(err));
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new AssertionError("interrupted", e);
      } finally {
        process.destroyForcibly();
      }
      return new Result(process.exitValue(), Files.readString(out), Files.readString(err));
    } finally {
      Files.deleteIfExists(out);
      Files.deleteIfExists(err);
    }
  }

  /** The program's path; fails when it is not there. */
  public static String find(String program, String packageName) {
    List<String> places = new ArrayList<>();
    String path = System.getenv("PATH");
    if (path != null) {
      for (int from = 0, to; from <= path.length(); from = to + 1) {
        to = path.indexOf(File.pathSeparatorChar, from);
        to = to < 0 ? path.length() : to;
        places.add(path.substring(from, to));
      }
    }
    places.addAll(MORE_PLACES);
    for (String place : places) {
      Path candidate = Path.of(place.isEmpty() ? "." : place, program);
      if (Files.isExecutable(candidate) && Files.isRegularFile(candidate)) {
        return candidate.toString();
      }
    }
    throw new AssertionError(
        program + " is not installed; these tests need the package " + packageName);
  }

  private static RealProgram serve(int port, String... command) throws IOException {
    return serve(null, port, command);
  }

  private static RealProgram serve(Namespace place, int port, String... command)
      throws IOException {
    InetSocketAddress address = Ports.loopback(port);
    List<String> all = place == null ? List.of(command) : place.inside(List.of(command));
    Process process = new ProcessBuilder(all).redirectErrorStream(true).start();
    RealProgram program = new RealProgram(command[0], process, address);
    try {
      Await.until(
          () -> program.tail() + "\nnobody listens on " + address,
          START,
          () -> {
            if (!process.isAlive()) {
              program.output.finish(1_000);
              throw new IllegalStateException("it ended\n" + program.tail());
            }
            return place == null ? listens(address) : listens(process, address);
          });
    } catch (AssertionError e) {
      program.close();
      throw e;
    }
    return program;
  }

  private static boolean listens(InetSocketAddress address) {
    try (Socket probe = new Socket()) {
      probe.connect(address, 1_000);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** From outside of its namespace, where nobody can connect to it. */
  private static boolean listens(Process process, InetSocketAddress address) throws IOException {
    String local = "0100007F:%04X 00000000:0000 0A".formatted(address.getPort());
    Path sockets = Path.of("/proc", Long.toString(process.pid()), "net", "tcp");
    return Files.readString(sockets).contains(local);
  }

  /** Where it serves. */
  public InetSocketAddress address() {
    return address;
  }

  public String tail() {
    return "--- " + name + ", last lines:\n" + output.tail(20);
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(3, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
