package io.nodepass.telemetry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LineWriterTest {
  private static final Duration DEADLINE = Duration.ofSeconds(20);

  /** Remembers each write call; blocks or fails on demand. */
  private static final class Sink extends OutputStream {
    final List<String> writes = new ArrayList<>();
    final CountDownLatch entered = new CountDownLatch(1);
    final CountDownLatch open = new CountDownLatch(1);
    volatile boolean fails;

    @Override
    public void write(int b) {
      throw new AssertionError("one byte at a time");
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      entered.countDown();
      try {
        assertTrue(open.await(20, TimeUnit.SECONDS), "the test never opened the stream");
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
      if (fails) {
        throw new IOException("No space left on device");
      }
      synchronized (this) {
        writes.add(new String(bytes, offset, length, StandardCharsets.UTF_8));
      }
    }

    synchronized List<String> lines() {
      return String.join("", writes).lines().toList();
    }
  }

  private final Sink sink = new Sink();
  private final LineWriter writer = LineWriter.start(sink, false);
  private final LineLog log = new LineLog(writer, Level.INFO, () -> 0);

  @AfterEach
  void close() {
    sink.open.countDown();
    writer.close();
  }

  @Test
  void linesOfSeveralLogsComeInOrderEachWithItsOwnLeastLevel() {
    sink.open.countDown();
    LineLog debug = new LineLog(writer, Level.DEBUG);
    log.debug("not this");
    log.info("one");
    debug.debug("two");
    log.write(Level.FATAL, "three");
    assertTrue(writer.flush(DEADLINE));
    List<String> lines = sink.lines();
    assertEquals(3, lines.size(), lines::toString);
    assertTrue(lines.get(0).endsWith("  INFO  one"), lines::toString);
    assertTrue(lines.get(1).endsWith("  DEBUG two"), lines::toString);
    assertTrue(lines.get(2).endsWith("  FATAL three"), lines::toString);
    assertTrue(debug.on(Level.DEBUG));
    assertFalse(log.on(Level.DEBUG));
  }

  @Test
  void aBlockedStreamBlocksNobodyAndTheDroppedAreCounted() throws InterruptedException {
    log.info("first");
    assertTrue(sink.entered.await(20, TimeUnit.SECONDS));
    assertTimeoutPreemptively(
        DEADLINE,
        () -> {
          for (int i = 0; i < 1024 + 10; i++) {
            log.info("line " + i);
          }
        });
    assertFalse(writer.flush(Duration.ofMillis(20)));
    sink.open.countDown();
    assertTrue(writer.flush(DEADLINE));
    List<String> lines = sink.lines();
    assertEquals(1 + 1024 + 1, lines.size());
    assertTrue(lines.get(1024).endsWith(" line 1023"), lines.get(1024));
    assertTrue(lines.get(1025).contains("  WARN  log lines dropped: 10 ("), lines.get(1025));
    // Everything that waited went out in one call, not line by line.
    assertEquals(2, sink.writes.size());

    log.info("again");
    assertTrue(writer.flush(DEADLINE));
    assertTrue(sink.lines().get(1026).endsWith(" again"));
    assertEquals(1027, sink.lines().size());
  }

  @Test
  void aFailingStreamEndsNothingAndTheLostAreCounted() {
    sink.fails = true;
    sink.open.countDown();
    log.info("lost");
    assertTrue(writer.flush(DEADLINE));
    sink.fails = false;
    log.info("written");
    assertTrue(writer.flush(DEADLINE));
    List<String> lines = sink.lines();
    assertTrue(lines.get(0).endsWith(" written"), lines::toString);
    assertTrue(lines.get(1).contains(" log lines dropped: 1 ("), lines::toString);
  }

  @Test
  void aClosedWriterWritesWhatItHasAndEndsItsThread() {
    log.info("last");
    writer.close();
    log.info("too late");
    sink.open.countDown();
    long end = System.nanoTime() + DEADLINE.toNanos();
    // A flush can only fail this early because there is no thread any more.
    while (writer.flush(DEADLINE)) {
      assertTrue(System.nanoTime() - end < 0, "the thread still runs");
    }
    List<String> lines = sink.lines();
    assertTrue(lines.get(0).endsWith(" last"), lines::toString);
    assertFalse(String.join("", lines).contains("too late"), lines::toString);
  }
}
