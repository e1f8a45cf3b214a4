package io.nodepass.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What the other tests rely on: that something left over is found, and named. */
@ExtendWith(LeakExtension.class)
class LeakDetectionTest {
  @Test
  void aBufferThatIsOutIsNamedWithThePlaceThatTookIt() {
    TrackingPool pool = new TrackingPool(1, 1);
    ByteBuffer large = pool.acquire();
    ByteBuffer small = pool.acquireSmall();
    ByteBuffer heap = pool.acquire();
    assertEquals(3, pool.out());
    assertEquals(1, pool.out(heap.capacity()));
    String here = "LeakDetectionTest.aBufferThatIsOutIsNamed";
    assertTrue(pool.leaks().stream().allMatch(leak -> leak.contains(here)), pool.leaks()::toString);
    pool.release(large);
    pool.release(small);
    pool.release(heap);
    assertEquals(List.of(), pool.leaks());
    assertEquals(2, pool.allocations());
  }

  @Test
  void aShrunkBufferCountsOnce() {
    TrackingPool pool = new TrackingPool(1, 1);
    ByteBuffer small = pool.shrink(pool.acquire().limit(1));
    assertEquals(1, pool.out());
    assertSame(small, pool.shrink(small));
    assertEquals(1, pool.out());
    pool.release(small);
    assertEquals(0, pool.out());
  }

  @Test
  void aBufferIsGivenBackOnlyOnceAndOnlyWhereItIsFrom() {
    TrackingPool pool = new TrackingPool();
    ByteBuffer buffer = pool.acquire();
    pool.release(buffer);
    Exception twice = assertThrows(IllegalStateException.class, () -> pool.release(buffer));
    assertTrue(twice.getMessage().contains("LeakDetectionTest"), twice::getMessage);
    assertThrows(IllegalStateException.class, () -> pool.shrink(buffer));
    assertThrows(IllegalStateException.class, () -> pool.release(ByteBuffer.allocateDirect(1)));
  }

  @Test
  void aLoopTellsOfBuffersChannelsAndErrorsThatAreLeft() throws Exception {
    TestLoop loop = TestLoop.start();
    Pipe pipe = Pipe.open();
    pipe.source().configureBlocking(false);
    loop.run(
        () -> {
          loop.pool().acquire();
          loop.loop().register(pipe.source(), 0, null);
        });
    loop.loop().execute(() -> assertTrue(loop.pool().out() == 0, "trouble"));
    AssertionError error = assertThrows(AssertionError.class, loop::close);
    pipe.sink().close();
    assertTrue(error.getMessage().contains("1 registered channels"), error::getMessage);
    assertTrue(error.getMessage().contains("buffer of 65536"), error::getMessage);
    assertTrue(error.getMessage().contains("trouble"), error::getMessage);
  }

  @Test
  void threadsAndDescriptorsThatAreLeftAreNamed() throws Exception {
    assumeTrue(Files.isDirectory(Path.of("/proc/self/fd")));
    LeakExtension.Before before = LeakExtension.snapshot();
    CountDownLatch end = new CountDownLatch(1);
    Thread thread = new Thread(() -> awaitOrGiveUp(end), "nodepass-left-over");
    thread.setDaemon(true);
    thread.start();
    Pipe pipe = Pipe.open();
    String since = LeakExtension.since(before).toString();
    assertTrue(since.contains("thread nodepass-left-over"), since);
    assertTrue(since.contains("pipe:["), since);
    pipe.source().close();
    pipe.sink().close();
    end.countDown();
    thread.join();
    assertEquals(List.of(), LeakExtension.since(before));
  }

  private static void awaitOrGiveUp(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
