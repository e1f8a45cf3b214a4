package io.nodepass.reactor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.nodepass.testkit.LeakExtension;
import io.nodepass.testkit.RecordingLog;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LeakExtension.class)
class EventLoopsTest {
  @Test
  void relaysStayAtHomeUntilAnotherLoopHasFarFewer() throws Exception {
    try (EventLoops loops = EventLoops.start(3, Clock.SYSTEM, new RecordingLog())) {
      List<EventLoop> all = loops.all();
      assertEquals(3, all.size());
      EventLoop home = all.get(2);
      assertSame(home, loops.forRelay(home));
      add(home, 8);
      assertSame(home, loops.forRelay(home));
      add(home, 1);
      assertNotSame(home, loops.forRelay(home));
      add(all.get(0), 1);
      assertSame(all.get(1), loops.forRelay(home));
      add(all.get(1), 1);
      assertSame(home, loops.forRelay(home));
    }
  }

  @Test
  void closingEndsThemAll() throws Exception {
    EventLoops loops = EventLoops.start(2, Clock.SYSTEM, new RecordingLog());
    loops.close();
    for (EventLoop loop : loops.all()) {
      assertThrows(RejectedExecutionException.class, () -> loop.execute(() -> {}));
    }
  }

  private static void add(EventLoop loop, int load) throws InterruptedException {
    CountDownLatch done = new CountDownLatch(1);
    loop.execute(
        () -> {
          loop.addLoad(load);
          done.countDown();
        });
    done.await();
  }
}
