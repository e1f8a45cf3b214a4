package io.nodepass.transport.tls;

import io.nodepass.buffer.BufferPool;
import java.nio.ByteBuffer;

/**
 * A place where bytes wait. It has a buffer only while there are any: one of the loop's pool, or,
 * when that has none that takes a whole record, one of the heap. For the loop's thread.
 */
final class Held {
  private ByteBuffer buffer;
  private boolean pooled;

  /** What waits, ready to be read from, or null. */
  ByteBuffer bytes() {
    return buffer;
  }

  boolean isEmpty() {
    return buffer == null;
  }

  /** A buffer to be put into, after what waits already, that takes {@code least} bytes in all. */
  ByteBuffer open(BufferPool pool, int least) {
    if (buffer == null) {
      return acquire(pool, least);
    }
    if (buffer.capacity() >= least) {
      return buffer.compact();
    }
    ByteBuffer old = buffer;
    boolean oldPooled = pooled;
    acquire(pool, least).put(old);
    if (oldPooled) {
      pool.release(old);
    }
    return buffer;
  }

  private ByteBuffer acquire(BufferPool pool, int least) {
    buffer = pool.acquire();
    pooled = buffer.capacity() >= least;
    if (!pooled) {
      pool.release(buffer);
      buffer = ByteBuffer.allocate(least);
    }
    return buffer;
  }

  /** After some was taken: gives the buffer back when nothing is left. */
  void trim(BufferPool pool) {
    if (buffer != null && !buffer.hasRemaining()) {
      release(pool);
    }
  }

  /** To be called before a turn ends: what waits longer is kept in as little as possible. */
  void shrink(BufferPool pool) {
    trim(pool);
    if (buffer != null && pooled) {
      buffer = pool.shrink(buffer);
    }
  }

  void release(BufferPool pool) {
    if (buffer != null && pooled) {
      pool.release(buffer);
    }
    buffer = null;
  }

  /** Makes what waits independent of the pool, so that it can go to another loop. */
  void leave(BufferPool pool) {
    trim(pool);
    if (buffer != null && pooled) {
      ByteBuffer copy = ByteBuffer.allocate(buffer.remaining()).put(buffer).flip();
      release(pool);
      buffer = copy;
      pooled = false;
    }
  }

  /** Moves as many of its bytes as there is room for. */
  void moveTo(ByteBuffer target, BufferPool pool) {
    ByteBuffer source = bytes();
    int limit = source.limit();
    source.limit(source.position() + Math.min(source.remaining(), target.remaining()));
    target.put(source);
    source.limit(limit);
    trim(pool);
  }
}
