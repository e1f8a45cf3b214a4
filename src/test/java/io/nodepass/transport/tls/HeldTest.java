package io.nodepass.transport.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nodepass.buffer.BufferPool;
import io.nodepass.testkit.TrackingPool;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class HeldTest {
  /** What JSSE asks for, and the longest record that OpenSSL makes. */
  private static final int PACKET = 16_709;

  private static final int RECORD = (1 << 14) + 22;

  @Test
  void aFullRecordThatWaitsLeavesTheLargeBuffersToOthers() {
    TrackingPool pool = new TrackingPool(1, 1);
    Held held = new Held();
    held.open(pool, PACKET).position(RECORD).flip();
    assertEquals(1, pool.out(BufferPool.LARGE));
    held.shrink(pool);
    assertEquals(0, pool.out(BufferPool.LARGE));
    assertEquals(1, pool.out(BufferPool.SMALL));
    assertEquals(RECORD, held.bytes().remaining());
    held.release(pool);
    assertEquals(0, pool.out());
  }

  @Test
  void theRestOfARecordIsReadIntoTheSmallBufferThatHasItsBeginning() {
    TrackingPool pool = new TrackingPool(1, 1);
    Held held = new Held();
    held.open(pool, PACKET).put((byte) 7).flip();
    held.shrink(pool);
    ByteBuffer small = held.bytes();
    ByteBuffer again = held.open(pool, PACKET);
    assertSame(small, again);
    assertEquals(1, again.position());
    assertEquals(0, pool.out(BufferPool.LARGE));
    again.flip();
    held.release(pool);
  }

  @Test
  void whileLargeBuffersAreOutARecordStillNeedsNothingOfTheHeap() {
    TrackingPool pool = new TrackingPool(1, 1);
    ByteBuffer taken = pool.acquire();
    Held held = new Held();
    assertTrue(held.open(pool, PACKET).isDirect());
    held.release(pool);
    pool.release(taken);
    assertEquals(0, pool.out());
  }
}
