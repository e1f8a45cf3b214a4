package io.nodepass.bench.process;

import io.nodepass.bench.load.Dialer;
import io.nodepass.bench.peer.Launch;
import io.nodepass.bench.peer.Peer;
import io.nodepass.bench.peer.Ports;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A peer's running processes and the address at which it carries traffic to the target. */
public final class Tunnel {
  private static final Duration START = Duration.ofSeconds(20);
  private static final Duration READY = Duration.ofSeconds(30);

  private final Children children;
  private final Path scratch;
  private final InetSocketAddress entry;
  private final List<Process> processes = new ArrayList<>();

  private Tunnel(Children children, Path scratch, InetSocketAddress entry) {
    this.children = children;
    this.scratch = scratch;
    this.entry = entry;
  }

  /**
   * Starts all of a peer's processes and waits until a byte comes back through them.
   *
   * @throws StartException when one ends, or none comes back in time
   */
  public static Tunnel start(Children children, Peer peer, Path directory)
      throws IOException, InterruptedException {
    Ports ports = Ports.take(children.target().getPort());
    Path scratch = scratch(directory, peer);
    Tunnel tunnel =
        new Tunnel(
            children,
            scratch,
            new InetSocketAddress(InetAddress.getByName("127.0.0.1"), peer.entry(ports)));
    try {
      for (Launch launch : peer.launches(ports, scratch)) {
        tunnel.launch(launch);
        if (launch.listensOn().isPresent()) {
          tunnel.awaitListening(launch);
        }
      }
      tunnel.awaitEcho();
      return tunnel;
    } catch (IOException e) {
      tunnel.stop();
      throw new StartException(e, scratch);
    }
  }

  /**
   * Starts a peer's first process alone and stops it again.
   *
   * @return time from before its start until it listens, nanoseconds
   * @throws StartException when it ends instead, or takes too long
   */
  public static long timeToListen(Children children, Peer peer, Path directory)
      throws IOException, InterruptedException {
    Ports ports = Ports.take(children.target().getPort());
    Path scratch = scratch(directory, peer);
    Launch first = peer.launches(ports, scratch).get(0);
    Tunnel tunnel = new Tunnel(children, scratch, null);
    try {
      long start = System.nanoTime();
      tunnel.launch(first);
      tunnel.awaitListening(first);
      return System.nanoTime() - start;
    } catch (IOException e) {
      throw new StartException(e, scratch);
    } finally {
      tunnel.stop();
    }
  }

  private static Path scratch(Path directory, Peer peer) throws IOException {
    Files.createDirectories(directory);
    return Files.createTempDirectory(directory, peer.label() + "-");
  }

  public InetSocketAddress entry() {
    return entry;
  }

  /** Whether there is a process between the entry and the target. */
  public boolean hasProcesses() {
    return !processes.isEmpty();
  }

  /** Waits until the tunnel carries a byte again, whatever was done to it before. */
  public void awaitEcho() throws IOException, InterruptedException {
    new Dialer(entry, READY).echo().close();
  }

  /** CPU time that all processes have used since their start, seconds. */
  public double cpuSeconds() throws IOException {
    double sum = 0;
    for (long pid : pids()) {
      sum += ProcFiles.cpuSeconds(pid);
    }
    return sum;
  }

  /** Resident set of all processes together, bytes. */
  public long residentBytes() throws IOException {
    long sum = 0;
    for (long pid : pids()) {
      sum += ProcFiles.residentBytes(pid);
    }
    return sum;
  }

  /** A launched command may be a script: what it started counts as well. */
  private List<Long> pids() {
    List<Long> pids = new ArrayList<>();
    for (Process process : processes) {
      pids.add(process.pid());
      process.descendants().map(ProcessHandle::pid).forEach(pids::add);
    }
    return pids;
  }

  private void launch(Launch launch) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(launch.command())
            .redirectErrorStream(true)
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
            .redirectOutput(scratch.resolve(launch.role() + ".log").toFile());
    builder.environment().putAll(launch.environment());
    processes.add(children.start(builder));
  }

  private void awaitListening(Launch launch) throws IOException, InterruptedException {
    long start = System.nanoTime();
    Process process = processes.get(processes.size() - 1);
    while (!ProcFiles.listens(launch.listensOn().getAsInt())) {
      if (!process.isAlive()) {
        throw new IOException(launch.role() + " ended with " + process.exitValue());
      }
      if (System.nanoTime() - start > START.toNanos()) {
        throw new IOException(launch.role() + " does not listen");
      }
      Thread.sleep(1);
    }
  }

  /** Ends all processes, those that others started as well. */
  public void stop() throws InterruptedException {
    List<ProcessHandle> descendants = new ArrayList<>();
    for (Process process : processes) {
      process.descendants().forEach(descendants::add);
    }
    children.stop(processes);
    descendants.forEach(ProcessHandle::destroyForcibly);
    processes.clear();
  }
}
