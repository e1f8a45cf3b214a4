package io.nodepass.bench.target;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;

/**
 * The process behind the tunnel: echo, sink and source on one loopback port, which it prints.
 *
 * <p>It is also the one that cleans up. The driver tells it on standard input which processes it
 * started ({@code +pid}) and ended ({@code -pid}); when standard input ends, the driver is gone,
 * however it went, and what it left behind is killed.
 */
public final class TargetMain {
  private TargetMain() {}

  public static void main(String[] args) throws IOException {
    EchoLoop loop = new EchoLoop();
    Thread thread = new Thread(loop, "echo");
    thread.setDaemon(true);
    thread.start();
    System.out.println(loop.port());

    Set<Long> alive = new HashSet<>();
    try (BufferedReader driver =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII))) {
      for (String line = driver.readLine(); line != null; line = driver.readLine()) {
        long pid = Long.parseLong(line.substring(1));
        if (line.charAt(0) == '+') {
          alive.add(pid);
        } else {
          alive.remove(pid);
        }
      }
    } finally {
      for (long pid : alive) {
        ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
      }
    }
  }
}
