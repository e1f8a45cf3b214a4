package io.nodepass.reactor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import io.nodepass.testkit.LeakExtension;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LeakExtension.class)
class MailboxTest {
  private final Mailbox mailbox = new Mailbox();
  private final Mailbox.Batch batch = new Mailbox.Batch();

  /** Takes and runs what is there, as a loop does. */
  private int drain() {
    mailbox.take(batch);
    for (int i = 0; i < batch.size; i++) {
      Runnable task = batch.tasks[i];
      batch.tasks[i] = null;
      task.run();
    }
    return batch.size;
  }

  @Test
  void tasksComeOutInTheOrderInWhichTheyWentInHoweverMany() {
    List<Integer> ran = new ArrayList<>();
    for (int round = 0; round < 3; round++) {
      ran.clear();
      for (int i = 0; i < 1_000; i++) {
        int number = i;
        mailbox.offer(() -> ran.add(number));
      }
      assertEquals(1_000, drain());
      for (int i = 0; i < 1_000; i++) {
        assertEquals(i, ran.get(i));
      }
    }
  }

  @Test
  void onlyTheFirstTaskFindsTheBoxEmpty() {
    assertTrue(mailbox.isEmpty());
    assertTrue(mailbox.offer(() -> {}));
    assertFalse(mailbox.offer(() -> {}));
    assertFalse(mailbox.isEmpty());
    drain();
    assertTrue(mailbox.isEmpty());
    assertTrue(mailbox.offer(() -> {}));
  }

  @Test
  void whatATaskOffersWaitsForTheNextTake() {
    List<String> ran = new ArrayList<>();
    mailbox.offer(
        () -> {
          ran.add("first");
          mailbox.offer(() -> ran.add("second"));
        });
    assertEquals(1, drain());
    assertEquals(List.of("first"), ran);
    assertEquals(1, drain());
    assertEquals(List.of("first", "second"), ran);
  }

  @Test
  void aClosedBoxTakesNothingButGivesWhatItHas() {
    List<String> ran = new ArrayList<>();
    mailbox.offer(() -> ran.add("in time"));
    mailbox.close();
    assertThrows(RejectedExecutionException.class, () -> mailbox.offer(() -> ran.add("late")));
    drain();
    assertEquals(List.of("in time"), ran);
  }

  @Test
  void ofManyThreadsNothingIsLostAndEachKeepsItsOrder() throws InterruptedException {
    int each = 20_000;
    int[] last = new int[4];
    int[] wrong = new int[1];
    List<Thread> threads = new ArrayList<>();
    for (int t = 0; t < last.length; t++) {
      int mine = t;
      Thread thread =
          new Thread(
              () -> {
                for (int i = 1; i <= each; i++) {
                  int number = i;
                  mailbox.offer(() -> wrong[0] += last[mine]++ == number - 1 ? 0 : 1);
                }
              });
      threads.add(thread);
      thread.start();
    }
    int total = 0;
    while (total < each * last.length) {
      total += drain();
      if (threads.stream().noneMatch(Thread::isAlive) && mailbox.isEmpty()) {
        break;
      }
    }
    for (Thread thread : threads) {
      thread.join();
    }
    total += drain();
    assertEquals(each * last.length, total);
    assertEquals(0, wrong[0]);
  }

  @Test
  void onceGrownItAllocatesNothing() {
    assumeTrue(ManagementFactory.getThreadMXBean() instanceof ThreadMXBean);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    Runnable task = () -> {};
    long allocated = Long.MAX_VALUE;
    // The first rounds are for the arrays to grow and the code to be compiled.
    for (int attempt = 0; attempt < 10 && allocated >= 10_000; attempt++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int round = 0; round < 10_000; round++) {
        for (int i = 0; i < 10; i++) {
          mailbox.offer(task);
        }
        drain();
      }
      allocated = threads.getCurrentThreadAllocatedBytes() - before;
    }
    long bytes = allocated;
    assertTrue(bytes < 10_000, () -> bytes + " bytes for 100000 tasks");
  }
}
