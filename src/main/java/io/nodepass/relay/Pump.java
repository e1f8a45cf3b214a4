package io.nodepass.relay;

import io.nodepass.buffer.BufferPool;
import io.nodepass.transport.Flow;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * One direction of a {@link Relay}: what is read from the source is written to the sink at once.
 *
 * <pre>
 *   READING ──short write──▶ STALLED      READING: source READ armed, no buffer held
 *      ▲                        │         STALLED: sink WRITE armed, a buffer held
 *      └───────drained──────────┘         ENDED:   neither; the sink's output is shut down
 *      │                        │
 *      └─end of source─▶ ENDED ◀┘ (an end that was read while stalled waits for the drain)
 * </pre>
 */
final class Pump {
  /** Most bytes moved in one turn, so that no flow starves the others of its loop. */
  static final int BUDGET = 4 * BufferPool.LARGE;

  private final Flow source;
  private final Flow sink;
  private final BufferPool buffers;
  private ByteBuffer residue;
  private boolean ended;
  private long bytes;
  private Flow active;

  Pump(Flow source, Flow sink, BufferPool buffers) {
    this.source = source;
    this.sink = sink;
    this.buffers = buffers;
  }

  /** Takes over bytes that were read from the source before the relay began; may be null. */
  void prime(ByteBuffer early) throws IOException {
    if (early == null) {
      return;
    }
    residue = early;
    source.interest(0, Flow.READ);
    flush();
  }

  /** The source is readable. */
  void fill() throws IOException {
    if (residue != null || ended) {
      return;
    }
    int moved = 0;
    while (moved < BUDGET) {
      ByteBuffer buffer = buffers.acquire();
      residue = buffer; // so that whatever is thrown from here on finds and releases it
      active = source;
      buffer.limit(Math.min(buffer.capacity(), sink.bestWrite()));
      int n = source.read(buffer);
      if (n <= 0) {
        drop();
        if (n < 0) {
          end();
        }
        return;
      }
      moved += n;
      boolean drained = buffer.hasRemaining() && !source.mayHaveMore();
      buffer.flip();
      write();
      if (residue != null) {
        source.interest(0, Flow.READ);
        sink.interest(Flow.WRITE, 0);
        residue = buffers.shrink(residue);
        return;
      }
      if (drained) {
        return; // the source had no more: asking again would only cost a system call
      }
    }
  }

  /** The sink is writable. */
  void flush() throws IOException {
    if (residue == null) {
      return;
    }
    write();
    if (residue == null) {
      sink.interest(0, Flow.WRITE);
      source.interest(Flow.READ, 0);
    } else {
      sink.interest(Flow.WRITE, 0);
      residue = buffers.shrink(residue);
    }
  }

  private void write() throws IOException {
    active = sink;
    int n = sink.write(residue);
    bytes += n;
    if (!residue.hasRemaining()) {
      drop();
    }
  }

  private void end() throws IOException {
    ended = true;
    active = sink;
    source.interest(0, Flow.READ);
    sink.shutdownOutput();
  }

  /** Gives back what is held. */
  void drop() {
    if (residue != null) {
      buffers.release(residue);
      residue = null;
    }
  }

  /** Everything the source sent, and its end, has been handed to the sink. */
  boolean ended() {
    return ended;
  }

  boolean stalled() {
    return residue != null;
  }

  /** Bytes that the sink has accepted. */
  long bytes() {
    return bytes;
  }

  /**
   * Looks whether a source that has ended was aborted since; the selector no longer tells.
   *
   * @throws IOException when it was
   */
  void probe(ByteBuffer scratch) throws IOException {
    if (ended) {
      source.read(scratch.clear());
    }
  }

  /** The flow that was used last: the one to blame when something was thrown. */
  Flow active() {
    return active;
  }

  Flow source() {
    return source;
  }
}
