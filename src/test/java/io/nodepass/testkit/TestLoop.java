package io.nodepass.testkit;

import io.nodepass.reactor.Clock;
import io.nodepass.reactor.EventLoop;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;

/**
 * A running event loop with what a test needs around it. Closing it asserts that no channel, buffer
 * or unexpected log line is left; {@link LeakExtension} closes those that a test has left open.
 */
public final class TestLoop implements AutoCloseable {
  public static final Duration DEADLINE = Duration.ofSeconds(20);

  private static final Set<TestLoop> OPEN = ConcurrentHashMap.newKeySet();

  private final EventLoop loop;
  private final TrackingPool pool;
  private final RecordingLog log = new RecordingLog();

  /** Something to do on the loop's thread. */
  @FunctionalInterface
  public interface Action {
    void run() throws Exception;
  }

  /** Something that becomes true; looked at on the loop's thread. */
  @FunctionalInterface
  public interface Condition {
    boolean met() throws Exception;
  }

  private TestLoop(Clock clock, TrackingPool pool) {
    this.pool = pool;
    try {
      this.loop = new EventLoop("nodepass-test-loop", clock, pool, log).start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    OPEN.add(this);
  }

  public static TestLoop start() {
    return start(Clock.SYSTEM);
  }

  public static TestLoop start(Clock clock) {
    return start(clock, new TrackingPool());
  }

  public static TestLoop start(Clock clock, TrackingPool pool) {
    return new TestLoop(clock, pool);
  }

  public EventLoop loop() {
    return loop;
  }

  public TrackingPool pool() {
    return pool;
  }

  public RecordingLog log() {
    return log;
  }

  /** Runs it on the loop's thread and waits; throws what it throws. */
  public void run(Action action) throws Exception {
    call(
        () -> {
          action.run();
          return null;
        });
  }

  /** Computes it on the loop's thread and waits; throws what it throws. */
  public <T> T call(Callable<T> callable) throws Exception {
    FutureTask<T> task = new FutureTask<>(callable);
    loop.execute(task);
    try {
      return task.get(DEADLINE.toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Exception cause) {
        throw cause;
      }
      throw (Error) e.getCause();
    } catch (TimeoutException e) {
      throw new AssertionError("the loop hangs", e);
    }
  }

  /** Waits until it is met, with a turn of the loop between one look and the next. */
  public void until(String what, Condition condition) throws Exception {
    long end = System.nanoTime() + DEADLINE.toNanos();
    while (!call(condition::met)) {
      if (System.nanoTime() - end > 0) {
        throw new AssertionError("never came true: " + what);
      }
      LockSupport.parkNanos(100_000);
    }
  }

  /** Has the loop go through some whole turns, so that whatever is ready by now was told. */
  public void turns() throws Exception {
    for (int i = 0; i < 5; i++) {
      run(() -> {});
    }
  }

  /** Moves the loop's clock and lets what is due then happen. */
  public void advance(ManualClock clock, Duration by) throws Exception {
    clock.advance(by);
    turns();
  }

  @Override
  public void close() {
    if (!OPEN.remove(this)) {
      return;
    }
    List<String> left = new ArrayList<>();
    int channels = channelsLeft();
    if (channels > 0) {
      left.add(channels + " registered channels");
    }
    loop.close();
    left.addAll(pool.leaks());
    left.addAll(log.take());
    if (!left.isEmpty()) {
      throw new AssertionError("left over by a loop: " + left);
    }
  }

  /** A channel that was closed goes at the next select, so a few looks may be needed. */
  private int channelsLeft() {
    long end = System.nanoTime() + Duration.ofSeconds(2).toNanos();
    try {
      int left = call(loop::channels);
      while (left > 0 && System.nanoTime() - end < 0) {
        left = call(loop::channels);
      }
      return left;
    } catch (java.util.concurrent.RejectedExecutionException e) {
      return 0; // the test has ended the loop itself
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /** Closes all that are open; whatever they have left over is in the answer. */
  static List<String> closeAll() {
    List<String> left = new ArrayList<>();
    for (TestLoop loop : OPEN) {
      try {
        loop.close();
      } catch (AssertionError e) {
        left.add(e.getMessage());
      }
    }
    return left;
  }
}
