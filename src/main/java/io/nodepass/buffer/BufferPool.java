package io.nodepass.buffer;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;

/**
 * Direct buffers of two fixed sizes, kept for reuse, for the one thread that owns the pool.
 *
 * <p>{@link #acquire} never fails and never waits. It hands out the best of what there is: a
 * {@value #LARGE}-byte buffer while fewer than the limit are out, then a {@value #SMALL}-byte one,
 * then a {@value #OVERFLOW}-byte heap buffer that is left to the garbage collector. Someone who
 * keeps a buffer (a sink that does not take its bytes) should pass it through {@link #shrink}
 * first. So stalled flows can use up the large buffers and then the small ones, at most {@value
 * #SMALL} bytes each, and everybody else still moves, in smaller steps.
 */
public class BufferPool {
  public static final int LARGE = 64 * 1024;

  /**
   * Takes any TLS record whole: 16,645 bytes at most, RFC 8446 section 5.2, and JSSE wants 16,709.
   */
  public static final int SMALL = 17 * 1024;

  public static final int OVERFLOW = 2 * 1024;

  private final SizeClass large;
  private final SizeClass small;
  private long overflows;

  /**
   * @param maxLarge most large buffers that may exist at once
   * @param maxSmall most small buffers that may exist at once
   */
  public BufferPool(int maxLarge, int maxSmall) {
    this.large = new SizeClass(LARGE, maxLarge);
    this.small = new SizeClass(SMALL, maxSmall);
  }

  /**
   * The pool for one of {@code loops} event loops in a JVM that may use {@code memory} bytes of
   * direct memory: together they use at most half of it, and never more than 64 MiB.
   */
  public static BufferPool sized(long memory, int loops) {
    long budget = Math.min(memory / 2, 64L << 20) / Math.max(1, loops);
    int maxLarge = (int) Math.max(2, Math.min(16, budget / 4 / LARGE));
    int maxSmall = (int) Math.max(8, (budget - (long) maxLarge * LARGE) / SMALL);
    return new BufferPool(maxLarge, maxSmall);
  }

  /** A cleared buffer of the largest size that is available. */
  public ByteBuffer acquire() {
    ByteBuffer buffer = large.take();
    return buffer != null ? buffer : acquireSmall();
  }

  /** A cleared buffer of {@link #SMALL} bytes, or less when those have run out. */
  public ByteBuffer acquireSmall() {
    ByteBuffer buffer = small.take();
    if (buffer == null) {
      overflows++;
      buffer = ByteBuffer.allocate(OVERFLOW);
    }
    return buffer;
  }

  /** Gives a buffer back; it must have come from this pool and must not be used afterwards. */
  public void release(ByteBuffer buffer) {
    if (buffer.isDirect()) {
      (buffer.capacity() == LARGE ? large : small).give(buffer);
    }
  }

  /**
   * Moves what remains in {@code buffer} into a smaller one where that is possible, and releases
   * the larger. To be called before a buffer is kept beyond the current turn.
   *
   * @return the buffer that now holds the remaining bytes, ready to be read from
   */
  public ByteBuffer shrink(ByteBuffer buffer) {
    if (buffer.capacity() != LARGE || buffer.remaining() > SMALL) {
      return buffer;
    }
    ByteBuffer smaller = small.take();
    if (smaller == null) {
      return buffer;
    }
    smaller.put(buffer).flip();
    release(buffer);
    return smaller;
  }

  /** Forgets the buffers that are not out, so that the garbage collector can free their memory. */
  public void clear() {
    large.idle.clear();
    small.idle.clear();
  }

  /** How many direct buffers are out at this moment. */
  public int inUse() {
    return large.out + small.out;
  }

  /** How often a heap buffer had to be made because both sizes had run out. */
  public long overflows() {
    return overflows;
  }

  /** Makes a direct buffer; a seam for tests that run out of memory. */
  protected ByteBuffer allocate(int size) {
    return ByteBuffer.allocateDirect(size);
  }

  /** Buffers of one size: most recently used first, because they are warm in the cache. */
  private final class SizeClass {
    private final int size;
    private final ArrayDeque<ByteBuffer> idle = new ArrayDeque<>();
    private int limit;
    private int out;

    SizeClass(int size, int limit) {
      this.size = size;
      this.limit = limit;
    }

    ByteBuffer take() {
      ByteBuffer buffer = idle.pollLast();
      if (buffer == null) {
        buffer = grow();
      }
      if (buffer != null) {
        out++;
        buffer.clear();
      }
      return buffer;
    }

    private ByteBuffer grow() {
      if (out >= limit) {
        return null;
      }
      try {
        return allocate(size);
      } catch (OutOfMemoryError e) {
        limit = out; // the JVM allows less than we were told: live with what there is
        return null;
      }
    }

    void give(ByteBuffer buffer) {
      out--;
      idle.addLast(buffer);
    }
  }
}
