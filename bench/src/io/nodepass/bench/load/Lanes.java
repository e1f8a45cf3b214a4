package io.nodepass.bench.load;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Runs the same work on several threads and waits for all of them. */
public final class Lanes {
  private Lanes() {}

  /** The work of one lane, numbered from 0. */
  @FunctionalInterface
  public interface Lane {
    void run(int number) throws IOException, InterruptedException;
  }

  /**
   * Every lane ends before this returns.
   *
   * @throws IOException what a lane threw; wrong bytes before anything else
   */
  public static void run(int count, Lane work) throws IOException, InterruptedException {
    ExecutorService threads = Executors.newFixedThreadPool(count);
    try {
      List<Future<?>> lanes = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        int number = i;
        lanes.add(
            threads.submit(
                () -> {
                  work.run(number);
                  return null;
                }));
      }
      IOException failure = null;
      for (Future<?> lane : lanes) {
        IOException thrown = outcome(lane);
        if (failure == null || thrown instanceof WrongBytesException) {
          failure = thrown == null ? failure : thrown;
        }
      }
      if (failure != null) {
        throw failure;
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private static IOException outcome(Future<?> lane) throws InterruptedException {
    try {
      lane.get();
      return null;
    } catch (ExecutionException e) {
      return e.getCause() instanceof IOException io ? io : new IOException(e.getCause());
    }
  }
}
