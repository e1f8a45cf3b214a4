package io.nodepass.reactor;

import java.util.Comparator;
import java.util.TreeSet;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * One of a thousand timers is cancelled and scheduled anew: against the JDK's sorted set, since its
 * priority queue would search for what it removes.
 */
@State(Scope.Thread)
public class TimerCancelBenchmark {
  private static final int TIMERS = 1000;

  final Deadlines deadlines = new Deadlines();
  final TimerHeap heap = new TimerHeap();
  final Timer[] timers = new Timer[TIMERS];
  final TreeSet<Entry> set = new TreeSet<>(Comparator.comparingLong(Entry::order));
  final Entry[] entries = new Entry[TIMERS];
  int next;

  static final class Entry {
    final int number;
    long deadline;

    Entry(int number) {
      this.number = number;
    }

    /** Never that of another entry. */
    long order() {
      return deadline * TIMERS + number;
    }
  }

  @Setup
  public void fill() {
    for (int i = 0; i < TIMERS; i++) {
      timers[i] = new Timer(() -> {});
      heap.schedule(timers[i], deadlines.next());
      entries[i] = new Entry(i);
      entries[i].deadline = deadlines.next();
      set.add(entries[i]);
    }
  }

  @Benchmark
  public Object ours() {
    Timer timer = timers[advance()];
    heap.cancel(timer);
    heap.schedule(timer, deadlines.next());
    return timer;
  }

  @Benchmark
  public Object reference() {
    Entry entry = entries[advance()];
    set.remove(entry);
    entry.deadline = deadlines.next();
    set.add(entry);
    return entry;
  }

  private int advance() {
    next = next + 1 == TIMERS ? 0 : next + 1;
    return next;
  }
}
