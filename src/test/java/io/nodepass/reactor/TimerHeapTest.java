package io.nodepass.reactor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class TimerHeapTest {
  private static final int TIMERS = 40;

  private enum Kind {
    SCHEDULE,
    CANCEL,
    POLL
  }

  private record Step(Kind kind, int timer, int time) {}

  @Provide
  Arbitrary<List<Step>> steps() {
    return Combinators.combine(
            Arbitraries.frequency(
                net.jqwik.api.Tuple.of(4, Kind.SCHEDULE),
                net.jqwik.api.Tuple.of(1, Kind.CANCEL),
                net.jqwik.api.Tuple.of(2, Kind.POLL)),
            Arbitraries.integers().between(0, TIMERS - 1),
            Arbitraries.integers().between(-50, 50))
        .as(Step::new)
        .list()
        .ofMaxSize(200);
  }

  /** Against a list that is searched from end to end; with an origin close to the wrap-around. */
  @Property(tries = 500)
  void itDoesWhatAListSearchedFromEndToEndDoes(
      @ForAll("steps") List<Step> steps, @ForAll boolean wraps) {
    long origin = wraps ? Long.MAX_VALUE - 5 : 1_000;
    TimerHeap heap = new TimerHeap();
    List<Timer> timers = new ArrayList<>();
    for (int i = 0; i < TIMERS; i++) {
      timers.add(new Timer(() -> {}));
    }
    Long[] deadlines = new Long[TIMERS];
    for (Step step : steps) {
      Timer timer = timers.get(step.timer);
      switch (step.kind) {
        case SCHEDULE -> {
          heap.schedule(timer, origin + step.time);
          deadlines[step.timer] = (long) step.time;
        }
        case CANCEL -> {
          heap.cancel(timer);
          deadlines[step.timer] = null;
        }
        case POLL -> {
          Timer due = heap.pollDue(origin + step.time);
          Long first = first(deadlines);
          if (first == null || first > step.time) {
            assertNull(due);
          } else {
            int index = timers.indexOf(due);
            assertEquals(first, deadlines[index], "the earliest comes first");
            deadlines[index] = null;
          }
        }
      }
      assertSameState(heap, timers, deadlines, origin);
    }
  }

  private static void assertSameState(
      TimerHeap heap, List<Timer> timers, Long[] deadlines, long origin) {
    int queued = 0;
    for (int i = 0; i < TIMERS; i++) {
      assertEquals(deadlines[i] != null, timers.get(i).isScheduled());
      queued += deadlines[i] != null ? 1 : 0;
    }
    assertEquals(queued, heap.size());
    Long first = first(deadlines);
    long delay = first == null ? Long.MAX_VALUE : Math.max(0, first);
    assertEquals(delay, heap.delay(origin));
  }

  private static Long first(Long[] deadlines) {
    Long first = null;
    for (Long deadline : deadlines) {
      if (deadline != null && (first == null || deadline < first)) {
        first = deadline;
      }
    }
    return first;
  }

  @Example
  void aTimerIsDueAtItsDeadlineAndNotBefore() {
    TimerHeap heap = new TimerHeap();
    Timer timer = new Timer(() -> {});
    heap.schedule(timer, 10);
    assertNull(heap.pollDue(9));
    assertTrue(timer.isScheduled());
    assertSame(timer, heap.pollDue(10));
    assertFalse(timer.isScheduled());
    assertNull(heap.pollDue(10));
  }

  @Example
  void cancellingWhatIsNotQueuedDoesNothing() {
    TimerHeap heap = new TimerHeap();
    Timer timer = new Timer(() -> {});
    heap.cancel(timer);
    heap.schedule(timer, 10);
    heap.cancel(timer);
    heap.cancel(timer);
    assertEquals(0, heap.size());
  }
}
