package io.nodepass.jmh;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayDeque;

/** The plainest event loop: a selector, a thread, and a queue behind a lock. */
public final class PlainLoop extends Thread {
  private final Selector selector = Selector.open();
  // Guarded by itself.
  private final ArrayDeque<Runnable> queue = new ArrayDeque<>();
  private volatile boolean ended;

  public PlainLoop() throws IOException {
    super("plain-loop");
    setDaemon(true);
  }

  /** Has the task run on this thread. Any thread. */
  public void execute(Runnable task) {
    synchronized (queue) {
      queue.addLast(task);
    }
    selector.wakeup();
  }

  /** Registers a channel without any interest. On this thread. */
  public SelectionKey register(SelectableChannel channel) throws IOException {
    return channel.register(selector, 0);
  }

  @Override
  public void run() {
    try {
      while (!ended) {
        selector.select(key -> {}, 0);
        // Those that come meanwhile wait for the next turn: a key that was cancelled goes by then.
        for (int left = waiting(); left > 0; left--) {
          next().run();
        }
      }
      selector.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private int waiting() {
    synchronized (queue) {
      return queue.size();
    }
  }

  private Runnable next() {
    synchronized (queue) {
      return queue.pollFirst();
    }
  }

  /** Ends the thread and waits for that. */
  public void end() throws InterruptedException {
    ended = true;
    selector.wakeup();
    join();
  }
}
