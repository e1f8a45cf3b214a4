package io.nodepass.bench.process;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Every process the driver starts. None survives it: {@link #close} and a shutdown hook end them,
 * and the target process, which is told of each, ends them when the driver was killed outright.
 */
public final class Children implements AutoCloseable {
  private static final long GRACE_MS = 1_000;

  private final Process target;
  private final Writer toTarget;
  private final InetSocketAddress targetAddress;
  private final List<Process> alive = new ArrayList<>();
  private boolean closed;

  /** Starts the target on the classes this process runs from. */
  public Children() throws IOException {
    target =
        new ProcessBuilder(
                System.getProperty("java.home") + "/bin/java",
                "-XX:+UseSerialGC",
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path"),
                "io.nodepass.bench.target.TargetMain")
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    Runtime.getRuntime().addShutdownHook(new Thread(this::close, "children"));
    toTarget = new OutputStreamWriter(target.getOutputStream(), StandardCharsets.US_ASCII);
    String port =
        new BufferedReader(
                new InputStreamReader(target.getInputStream(), StandardCharsets.US_ASCII))
            .readLine();
    if (port == null) {
      throw new IOException("the target did not start");
    }
    targetAddress =
        new InetSocketAddress(InetAddress.getByName("127.0.0.1"), Integer.parseInt(port));
  }

  public InetSocketAddress target() {
    return targetAddress;
  }

  synchronized Process start(ProcessBuilder builder) throws IOException {
    if (closed) {
      throw new IOException("interrupted");
    }
    Process process = builder.start();
    alive.add(process);
    tell('+', process);
    return process;
  }

  /** Asks the processes to end and insists after {@value #GRACE_MS} ms. */
  void stop(List<Process> processes) throws InterruptedException {
    for (Process process : processes) {
      process.destroy();
    }
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(GRACE_MS);
    for (Process process : processes) {
      if (!process.waitFor(deadline - System.nanoTime(), TimeUnit.NANOSECONDS)) {
        process.destroyForcibly().waitFor();
      }
      forget(process);
    }
  }

  private synchronized void forget(Process process) {
    if (alive.remove(process)) {
      tell('-', process);
    }
  }

  private void tell(char sign, Process process) {
    try {
      toTarget.write(sign + Long.toString(process.pid()) + "\n");
      toTarget.flush();
    } catch (IOException e) {
      // The target is gone; every measurement will say so.
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    for (Process process : alive) {
      process.destroyForcibly();
    }
    target.destroyForcibly();
  }
}
