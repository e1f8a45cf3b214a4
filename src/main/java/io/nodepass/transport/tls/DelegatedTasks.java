package io.nodepass.transport.tls;

import io.nodepass.reactor.EventLoop;
import java.io.IOException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;

/**
 * Runs what an engine wants done elsewhere (signatures, key agreements, certificate checks) on an
 * executor, and comes back to the loop that its flow belongs to by then.
 */
final class DelegatedTasks {
  private final SSLEngine engine;
  private final Executor executor;
  private Runnable after;
  // The three below are guarded by this: a flow may be handed on while its engine is busy.
  private EventLoop loop;
  private Throwable failure;
  private boolean finished;
  // Of the loop's thread.
  private boolean running;

  DelegatedTasks(SSLEngine engine, Executor executor, EventLoop loop) {
    this.engine = engine;
    this.executor = executor;
    this.loop = loop;
  }

  /** Whether the engine is with another thread; it must not be used until then. */
  boolean running() {
    return running;
  }

  /** What to do, on the loop's thread, whenever tasks have been run; {@link #check} comes first. */
  void after(Runnable after) {
    this.after = after;
  }

  /**
   * Starts running all that are due.
   *
   * @throws IOException when the executor takes no more
   */
  void start() throws IOException {
    running = true;
    synchronized (this) {
      finished = false;
    }
    try {
      executor.execute(this::work);
    } catch (RejectedExecutionException e) {
      throw new IOException("too many TLS handshakes at once", e);
    }
  }

  /**
   * Tells, on the loop's thread, whether one has failed. The engine itself tells later of what it
   * expects to fail; after anything else, such as a lack of memory, it would want that task to be
   * run for ever.
   */
  void check() throws SSLException {
    Throwable cause;
    synchronized (this) {
      cause = failure;
    }
    if (cause != null) {
      throw new SSLException("a task of it has failed: " + cause, cause);
    }
  }

  private void work() {
    Throwable thrown = null;
    try {
      for (Runnable task = engine.getDelegatedTask(); task != null; ) {
        task.run();
        task = engine.getDelegatedTask();
      }
    } catch (Throwable e) {
      thrown = e;
    }
    EventLoop home;
    synchronized (this) {
      failure = thrown;
      finished = true;
      home = loop;
    }
    if (home != null) {
      post(home);
    }
  }

  private void post(EventLoop home) {
    try {
      home.execute(() -> done(home));
    } catch (RejectedExecutionException e) {
      // The loop has ended, and the flow with it.
    }
  }

  private void done(EventLoop home) {
    synchronized (this) {
      if (loop != home || !finished) {
        return;
      }
    }
    if (running) {
      running = false;
      after.run();
    }
  }

  void leave() {
    synchronized (this) {
      loop = null;
    }
  }

  void join(EventLoop joined) {
    boolean missed;
    synchronized (this) {
      loop = joined;
      missed = finished;
    }
    if (running && missed) {
      post(joined);
    }
  }
}
