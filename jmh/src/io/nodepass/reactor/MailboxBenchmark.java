package io.nodepass.reactor;

import java.util.ArrayDeque;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Sixty-four tasks put into a mailbox, taken out and run: against a queue behind a lock. */
@State(Scope.Thread)
public class MailboxBenchmark {
  private static final int TASKS = 64;

  final Mailbox mailbox = new Mailbox();
  final Mailbox.Batch batch = new Mailbox.Batch();
  final ArrayDeque<Runnable> queue = new ArrayDeque<>(2 * TASKS);
  int ran;
  final Runnable task = () -> ran++;

  @Benchmark
  public int ours() {
    for (int i = 0; i < TASKS; i++) {
      mailbox.offer(task);
    }
    mailbox.take(batch);
    for (int i = 0; i < batch.size; i++) {
      Runnable next = batch.tasks[i];
      batch.tasks[i] = null;
      next.run();
    }
    return ran;
  }

  @Benchmark
  public int reference() {
    for (int i = 0; i < TASKS; i++) {
      synchronized (queue) {
        queue.addLast(task);
      }
    }
    for (Runnable next = poll(); next != null; next = poll()) {
      next.run();
    }
    return ran;
  }

  private Runnable poll() {
    synchronized (queue) {
      return queue.pollFirst();
    }
  }
}
