package io.nodepass.testkit;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;

/**
 * Joins two connections the way the original does: a blocking copy each way, an end passed on as a
 * half-close, and on an error only the source of that direction closed. The other direction then
 * may hang until its own source says something; that is the original's habit and stays.
 */
final class BlockingExchange {
  private static final int CHUNK = 32 * 1024;

  private BlockingExchange() {}

  /** Returns after both directions ended, with both connections closed. */
  static void run(Crew crew, Wire one, Wire two) throws InterruptedException {
    CountDownLatch other = new CountDownLatch(1);
    crew.spawn(
        "copy",
        () -> {
          try {
            copy(crew, one, two);
          } finally {
            other.countDown();
          }
        });
    try {
      copy(crew, two, one);
      other.await();
    } finally {
      crew.release(one);
      crew.release(two);
    }
  }

  private static void copy(Crew crew, Wire source, Wire sink) {
    try {
      byte[] chunk = new byte[CHUNK];
      for (int n = source.read(chunk); n >= 0; n = source.read(chunk)) {
        sink.write(chunk, n);
      }
      sink.end();
    } catch (IOException e) {
      crew.release(source);
    }
  }
}
