package io.nodepass.buffer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BufferPoolTest {
  /** Runs out of memory after so many allocations, and counts them. */
  private static final class TightPool extends BufferPool {
    private int allowed;
    private int made;

    TightPool(int maxLarge, int maxSmall, int allowed) {
      super(maxLarge, maxSmall);
      this.allowed = allowed;
    }

    @Override
    protected ByteBuffer allocate(int size) {
      if (made == allowed) {
        throw new OutOfMemoryError("Cannot reserve " + size + " bytes of direct buffer memory");
      }
      made++;
      return super.allocate(size);
    }
  }

  @Test
  void aBufferThatCameBackIsHandedOutAgainCleared() {
    BufferPool pool = new BufferPool(2, 2);
    ByteBuffer buffer = pool.acquire();
    buffer.put((byte) 1).flip();
    pool.release(buffer);
    ByteBuffer again = pool.acquire();
    assertSame(buffer, again);
    assertEquals(0, again.position());
    assertEquals(BufferPool.LARGE, again.limit());
  }

  @Test
  void theOneUsedLastComesFirst() {
    BufferPool pool = new BufferPool(2, 2);
    ByteBuffer one = pool.acquire();
    ByteBuffer other = pool.acquire();
    pool.release(one);
    pool.release(other);
    assertSame(other, pool.acquire());
    assertSame(one, pool.acquire());
  }

  @Test
  void whenLargeOnesAreOutSmallOnesComeAndThenTheHeapHelpsOut() {
    BufferPool pool = new BufferPool(2, 3);
    int[] expected = {
      BufferPool.LARGE,
      BufferPool.LARGE,
      BufferPool.SMALL,
      BufferPool.SMALL,
      BufferPool.SMALL,
      BufferPool.OVERFLOW,
      BufferPool.OVERFLOW
    };
    ByteBuffer[] taken = new ByteBuffer[expected.length];
    for (int i = 0; i < expected.length; i++) {
      taken[i] = pool.acquire();
      assertEquals(expected[i], taken[i].remaining());
      assertEquals(expected[i] != BufferPool.OVERFLOW, taken[i].isDirect());
    }
    assertEquals(5, pool.inUse());
    assertEquals(2, pool.overflows());
    for (ByteBuffer buffer : taken) {
      pool.release(buffer);
    }
    assertEquals(0, pool.inUse());
    assertEquals(BufferPool.LARGE, pool.acquire().capacity());
  }

  @Test
  void aSmallOneCanBeAskedForWhileLargeOnesAreThere() {
    BufferPool pool = new BufferPool(2, 1);
    assertEquals(BufferPool.SMALL, pool.acquireSmall().capacity());
    assertEquals(BufferPool.OVERFLOW, pool.acquireSmall().capacity());
    assertEquals(1, pool.overflows());
  }

  @Test
  void aSmallOneTakesWhatAnEngineCallsAPacket() throws GeneralSecurityException {
    SSLEngine engine = SSLContext.getDefault().createSSLEngine();
    int packet = engine.getSession().getPacketBufferSize();
    assertTrue(BufferPool.SMALL >= packet, () -> "a packet has up to " + packet);
  }

  @Test
  void noMoreAreMadeThanTheLimits() {
    TightPool pool = new TightPool(2, 2, Integer.MAX_VALUE);
    for (int round = 0; round < 5; round++) {
      ByteBuffer[] taken = new ByteBuffer[8];
      for (int i = 0; i < taken.length; i++) {
        taken[i] = pool.acquire();
      }
      for (ByteBuffer buffer : taken) {
        pool.release(buffer);
      }
    }
    assertEquals(4, pool.made);
    assertEquals(20, pool.overflows());
  }

  @Test
  void shrinkingMovesTheRestAndGivesTheLargeOneBack() {
    BufferPool pool = new BufferPool(1, 1);
    ByteBuffer large = pool.acquire();
    large.put(new byte[BufferPool.LARGE - 3]).put(new byte[] {7, 8, 9}).flip();
    large.position(BufferPool.LARGE - 3);
    ByteBuffer small = pool.shrink(large);
    assertEquals(BufferPool.SMALL, small.capacity());
    assertEquals(ByteBuffer.wrap(new byte[] {7, 8, 9}), small);
    assertEquals(1, pool.inUse());
    assertSame(large, pool.acquire());
  }

  @Test
  void aRestThatFillsASmallOneExactlyIsMoved() {
    BufferPool pool = new BufferPool(1, 1);
    ByteBuffer large = pool.acquire().limit(BufferPool.SMALL);
    ByteBuffer small = pool.shrink(large);
    assertNotSame(large, small);
    assertEquals(BufferPool.SMALL, small.remaining());
  }

  @Test
  void whatDoesNotFitOrIsSmallAlreadyStaysWhereItIs() {
    BufferPool pool = new BufferPool(1, 1);
    ByteBuffer large = pool.acquire().limit(BufferPool.SMALL + 1);
    assertSame(large, pool.shrink(large));
    ByteBuffer small = pool.acquire().limit(1);
    assertSame(small, pool.shrink(small));
    ByteBuffer heap = pool.acquire().limit(1);
    assertSame(heap, pool.shrink(heap));
    large.position(BufferPool.SMALL);
    assertSame(large, pool.shrink(large), "there was no small one left");
    assertEquals(2, pool.inUse());
  }

  @Test
  void runningOutOfMemoryLowersTheLimitAndThrowsNothing() {
    TightPool pool = new TightPool(4, 4, 1);
    ByteBuffer large = pool.acquire();
    assertEquals(BufferPool.LARGE, large.capacity());
    assertEquals(BufferPool.OVERFLOW, pool.acquire().capacity());
    pool.allowed = Integer.MAX_VALUE;
    assertEquals(BufferPool.OVERFLOW, pool.acquire().capacity(), "it does not try again");
    assertEquals(1, pool.made);
    pool.release(large);
    assertSame(large, pool.acquire());
  }

  @ParameterizedTest
  @CsvSource({
    "16777216, 1",
    "16777216, 2",
    "16777216, 4",
    "16777216, 16",
    "67108864, 2",
    "4294967296, 1",
    "4294967296, 64",
    "9223372036854775807, 2"
  })
  void allLoopsTogetherStayWithinHalfOfTheMemoryAndSixtyFourMebibytes(long memory, int loops) {
    long used = loops * bytesOf(BufferPool.sized(memory, loops));
    assertTrue(used <= Math.min(memory / 2, 64L << 20), () -> "they may use " + used);
  }

  @Test
  void evenTheSmallestPoolHasSomeOfEach() {
    BufferPool pool = BufferPool.sized(0, 1);
    assertEquals(BufferPool.LARGE, pool.acquire().capacity());
    assertTrue(pool.acquireSmall().isDirect());
    assertFalse(bytesOf(pool) == 0);
  }

  /** What a pool has out when everything is taken. */
  private static long bytesOf(BufferPool pool) {
    long bytes = 0;
    for (ByteBuffer b = pool.acquire(); b.isDirect(); b = pool.acquire()) {
      bytes += b.capacity();
    }
    return bytes;
  }
}
