package io.nodepass.reactor;

import java.util.PriorityQueue;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * The first of a thousand timers expires and is scheduled again: against the JDK's priority queue.
 */
@State(Scope.Thread)
public class TimerExpiryBenchmark {
  private static final int TIMERS = 1000;

  final Deadlines deadlines = new Deadlines();
  final TimerHeap heap = new TimerHeap();
  final PriorityQueue<Entry> queue = new PriorityQueue<>();

  static final class Entry implements Comparable<Entry> {
    long deadline;

    @Override
    public int compareTo(Entry other) {
      return Long.compare(deadline, other.deadline);
    }
  }

  @Setup
  public void fill() {
    for (int i = 0; i < TIMERS; i++) {
      heap.schedule(new Timer(() -> {}), deadlines.next());
      Entry entry = new Entry();
      entry.deadline = deadlines.next();
      queue.add(entry);
    }
  }

  @Benchmark
  public Object ours() {
    Timer first = heap.pollDue(Long.MAX_VALUE / 2);
    heap.schedule(first, first.deadline + deadlines.next());
    return first;
  }

  @Benchmark
  public Object reference() {
    Entry first = queue.poll();
    first.deadline += deadlines.next();
    queue.add(first);
    return first;
  }
}
