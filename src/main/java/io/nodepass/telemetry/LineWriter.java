package io.nodepass.telemetry;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Writes the log lines of all tunnels to one stream, from a thread of its own, so that a blocked
 * terminal or a full disk stops no tunnel. What does not fit in the queue is dropped and counted,
 * and the count is written as soon as there is room.
 *
 * <p>Any thread may hand lines over; what is accepted is written in that order. Only the writing
 * thread touches the stream, the format and the buffers.
 */
public final class LineWriter implements AutoCloseable {
  private static final int QUEUE_LINES = 1024;

  /** A line, or a mark (without message) whose latch opens when all before it is written. */
  private record Entry(long millis, Level level, String message, CountDownLatch reached) {}

  private final BlockingQueue<Entry> queue = new ArrayBlockingQueue<>(QUEUE_LINES);
  private final AtomicLong dropped = new AtomicLong();
  private final OutputStream out;
  private final boolean coloured;
  private final Thread thread;

  /** Set once, by any thread. */
  private volatile boolean closing;

  private LineWriter(OutputStream out, boolean coloured) {
    this.out = out;
    this.coloured = coloured;
    this.thread = new Thread(this::run, "nodepass-log");
    thread.setDaemon(true);
  }

  /**
   * Starts the thread. The stream gets UTF-8 and is flushed after each batch; it is never closed.
   *
   * @param coloured whether the level is coloured by terminal codes
   */
  public static LineWriter start(OutputStream out, boolean coloured) {
    LineWriter writer = new LineWriter(out, coloured);
    writer.thread.start();
    return writer;
  }

  /** Takes a line, or drops it when the queue is full. Never waits for the stream. */
  void write(long millis, Level level, String message) {
    if (closing || !queue.offer(new Entry(millis, level, message, null))) {
      dropped.incrementAndGet();
    }
  }

  /**
   * Waits until every line accepted so far is written.
   *
   * @return false when that did not happen in time, or the thread was interrupted (and stays so)
   */
  public boolean flush(Duration timeout) {
    long deadline = System.nanoTime() + timeout.toNanos();
    Entry mark = new Entry(0, null, null, new CountDownLatch(1));
    try {
      while (!queue.offer(mark, 1, TimeUnit.MILLISECONDS)) {
        if (!thread.isAlive() || System.nanoTime() - deadline >= 0) {
          return false;
        }
      }
      while (!mark.reached.await(10, TimeUnit.MILLISECONDS)) {
        if (System.nanoTime() - deadline >= 0) {
          return false;
        }
        if (!thread.isAlive()) {
          return mark.reached.getCount() == 0;
        }
      }
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Ends the thread when it has written what was accepted. Does not wait for that. */
  @Override
  public void close() {
    closing = true;
    // Wakes the thread; with a full queue it is awake anyway.
    boolean unused = queue.offer(new Entry(0, null, null, new CountDownLatch(1)));
  }

  private void run() {
    // The zone's rules are read from disk: here, not on the start-up path.
    LineFormat format = new LineFormat(ZoneId.systemDefault(), coloured);
    List<Entry> batch = new ArrayList<>(QUEUE_LINES);
    StringBuilder text = new StringBuilder(8192);
    try {
      while (!closing || !queue.isEmpty()) {
        batch.add(queue.take());
        queue.drainTo(batch);
        writeBatch(batch, format, text);
        for (Entry entry : batch) {
          if (entry.reached != null) {
            entry.reached.countDown();
          }
        }
        batch.clear();
        text.setLength(0);
      }
    } catch (InterruptedException e) {
      // Nobody but the JVM's own shutdown has a handle on this thread: it ends.
      Thread.currentThread().interrupt();
    }
  }

  private void writeBatch(List<Entry> batch, LineFormat format, StringBuilder text) {
    int lines = 0;
    for (Entry entry : batch) {
      if (entry.message != null) {
        format.append(text, entry.millis, entry.level, entry.message);
        lines++;
      }
    }
    long lost = dropped.getAndSet(0);
    if (lost > 0) {
      String message = "log lines dropped: " + lost + " (the output was too slow or failed)";
      format.append(text, System.currentTimeMillis(), Level.WARN, message);
    }
    if (text.length() == 0) {
      return;
    }
    try {
      out.write(text.toString().getBytes(StandardCharsets.UTF_8));
      out.flush();
    } catch (IOException e) {
      // There is no other place to say so. The count tells, should the stream recover.
      dropped.addAndGet(lost + lines);
    }
  }
}
