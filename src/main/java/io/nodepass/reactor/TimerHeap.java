package io.nodepass.reactor;

import java.util.Arrays;

/** Timers in a binary heap by deadline; each knows its place, so that cancelling is cheap. */
final class TimerHeap {
  private Timer[] heap = new Timer[16];
  private int size;

  /** Queues the timer, or moves it when it is queued already. */
  void schedule(Timer timer, long deadline) {
    timer.deadline = deadline;
    if (timer.index == Timer.NOT_QUEUED) {
      if (size == heap.length) {
        heap = Arrays.copyOf(heap, size * 2);
      }
      place(timer, size++);
    }
    siftUp(timer);
    siftDown(timer);
  }

  void cancel(Timer timer) {
    int hole = timer.index;
    if (hole == Timer.NOT_QUEUED) {
      return;
    }
    timer.index = Timer.NOT_QUEUED;
    Timer last = heap[--size];
    heap[size] = null;
    if (last != timer) {
      place(last, hole);
      siftUp(last);
      siftDown(last);
    }
  }

  /** The first timer if it is due, taken out of the queue; else null. */
  Timer pollDue(long now) {
    if (size == 0 || heap[0].deadline - now > 0) {
      return null;
    }
    Timer first = heap[0];
    cancel(first);
    return first;
  }

  /** Nanoseconds until the first deadline, 0 when it has passed, {@code Long.MAX_VALUE} if none. */
  long delay(long now) {
    return size == 0 ? Long.MAX_VALUE : Math.max(0, heap[0].deadline - now);
  }

  int size() {
    return size;
  }

  private void place(Timer timer, int index) {
    heap[index] = timer;
    timer.index = index;
  }

  private void siftUp(Timer timer) {
    while (timer.index > 0) {
      Timer parent = heap[(timer.index - 1) >>> 1];
      if (parent.deadline - timer.deadline <= 0) {
        return;
      }
      swap(parent, timer);
    }
  }

  private void siftDown(Timer timer) {
    for (int child = 2 * timer.index + 1; child < size; child = 2 * timer.index + 1) {
      if (child + 1 < size && heap[child + 1].deadline - heap[child].deadline < 0) {
        child++;
      }
      if (timer.deadline - heap[child].deadline <= 0) {
        return;
      }
      swap(timer, heap[child]);
    }
  }

  private void swap(Timer a, Timer b) {
    int index = a.index;
    place(a, b.index);
    place(b, index);
  }
}
