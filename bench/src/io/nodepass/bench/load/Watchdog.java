package io.nodepass.bench.load;

import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** One thread that closes the connections whose deadline has passed. */
final class Watchdog {
  private static final long PERIOD_MS = 100;
  private static final Set<Connection> WATCHED = ConcurrentHashMap.newKeySet();

  static {
    Thread thread = new Thread(Watchdog::run, "watchdog");
    thread.setDaemon(true);
    thread.start();
  }

  private Watchdog() {}

  static void watch(Connection connection) {
    WATCHED.add(connection);
  }

  static void forget(Connection connection) {
    WATCHED.remove(connection);
  }

  private static void run() {
    try {
      while (true) {
        Thread.sleep(PERIOD_MS);
        long now = System.nanoTime();
        for (Connection connection : WATCHED) {
          if (connection.isOverdue(now)) {
            closeQuietly(connection);
          }
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void closeQuietly(Connection connection) {
    try {
      connection.close();
    } catch (IOException e) {
      // Its user sees the closed channel; there is nobody else to tell.
    }
  }
}
