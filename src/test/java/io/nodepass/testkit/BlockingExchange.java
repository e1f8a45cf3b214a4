package io.nodepass.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.util.concurrent.CountDownLatch;

/**
 * Joins two sockets the way the original does: a blocking copy each way, an end passed on as a
 * half-close, and on an error only the source of that direction closed. The other direction then
 * may hang until its own source says something; that is the original's habit and stays.
 */
final class BlockingExchange {
  private static final int CHUNK = 32 * 1024;

  private BlockingExchange() {}

  /** Returns after both directions ended, with both sockets closed. */
  static void run(Crew crew, Socket one, Socket two) throws InterruptedException {
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

  private static void copy(Crew crew, Socket source, Socket sink) {
    try {
      InputStream in = source.getInputStream();
      OutputStream out = sink.getOutputStream();
      byte[] chunk = new byte[CHUNK];
      for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
        out.write(chunk, 0, n);
      }
      sink.shutdownOutput();
    } catch (IOException e) {
      crew.release(source);
    }
  }
}
