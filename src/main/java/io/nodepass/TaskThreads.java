package io.nodepass;

import io.nodepass.reactor.OwnThread;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Threads for what would hold up an event loop: the cryptography of TLS handshakes, and making
 * certificates. None exists before it is needed, and those that are idle end.
 */
final class TaskThreads {
  private static final long IDLE_SECONDS = 10;
  private static final long END_MILLIS = 5_000;

  private TaskThreads() {}

  /**
   * Half of the cores at most: however many handshakes there are, the connections that run already
   * keep the other half.
   */
  static ScheduledExecutorService start() {
    int most = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
    AtomicInteger number = new AtomicInteger();
    ScheduledThreadPoolExecutor tasks =
        new ScheduledThreadPoolExecutor(
            most, task -> new OwnThread(task, "nodepass-tasks-" + number.incrementAndGet()));
    tasks.setKeepAliveTime(IDLE_SECONDS, TimeUnit.SECONDS);
    tasks.allowCoreThreadTimeOut(true);
    tasks.setRemoveOnCancelPolicy(true);
    return tasks;
  }

  /** Drops what has not begun and waits for the rest, which takes milliseconds. */
  static void end(ScheduledExecutorService tasks) {
    OwnThread.end(tasks, END_MILLIS);
  }
}
