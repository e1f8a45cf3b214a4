package io.nodepass.reactor;

import io.nodepass.jmh.PlainLoop;
import io.nodepass.jmh.Signal;
import io.nodepass.jmh.Stage;
import java.io.IOException;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** A task for a loop that sleeps in its selector, until that task has run. */
public class WakeUpBenchmark {
  /** A loop of the product. */
  @State(Scope.Thread)
  public static class Ours {
    final Signal done = new Signal();
    final Runnable task = done::give;
    EventLoop loop;

    @Setup
    public void open() throws IOException {
      loop = Stage.loop().start();
    }

    @TearDown
    public void close() {
      loop.close();
    }
  }

  /** The plainest loop. */
  @State(Scope.Thread)
  public static class Plain {
    final Signal done = new Signal();
    final Runnable task = done::give;
    PlainLoop loop;

    @Setup
    public void open() throws IOException {
      loop = new PlainLoop();
      loop.start();
    }

    @TearDown
    public void close() throws InterruptedException {
      loop.end();
    }
  }

  @Benchmark
  public void ours(Ours ours) {
    ours.loop.execute(ours.task);
    ours.done.take();
  }

  @Benchmark
  public void reference(Plain plain) {
    plain.loop.execute(plain.task);
    plain.done.take();
  }
}
