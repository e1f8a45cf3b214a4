package io.nodepass.reactor;

import java.util.Arrays;

/**
 * Tasks from many threads for one: two arrays that change places, so that nothing is allocated for
 * a task once they have grown. The lock is held for a few instructions only.
 */
final class Mailbox {
  private Runnable[] filling = new Runnable[64];
  private Runnable[] draining = new Runnable[64];
  private int count;
  private boolean closed;

  /**
   * Adds a task.
   *
   * @return whether the box was empty, so that its owner may have to be woken
   * @throws java.util.concurrent.RejectedExecutionException after {@link #close}
   */
  synchronized boolean offer(Runnable task) {
    if (closed) {
      throw new java.util.concurrent.RejectedExecutionException("the event loop has ended");
    }
    if (count == filling.length) {
      filling = Arrays.copyOf(filling, count * 2);
    }
    filling[count] = task;
    return count++ == 0;
  }

  synchronized boolean isEmpty() {
    return count == 0;
  }

  /** Lets nothing more in. What is there can still be taken. */
  synchronized void close() {
    closed = true;
  }

  /**
   * Takes all tasks. The array is valid until the next call; its first {@code size} entries are the
   * tasks and the caller sets them to null.
   */
  Batch take(Batch batch) {
    synchronized (this) {
      batch.size = count;
      batch.tasks = filling;
      filling = draining;
      draining = batch.tasks;
      count = 0;
    }
    return batch;
  }

  /** What one {@link #take} found. */
  static final class Batch {
    Runnable[] tasks;
    int size;
  }
}
