package io.nodepass.reactor;

import io.nodepass.buffer.BufferPool;
import io.nodepass.telemetry.Level;
import io.nodepass.telemetry.Log;
import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * One thread, one selector, its timers, its mailbox and its buffers.
 *
 * <p>A turn: run what the mailbox holds, fire the timers that are due, wait for readiness, call the
 * handlers. All methods but {@link #execute}, {@link #inLoop}, {@link #load}, {@link #deliveries}
 * and {@link #close} are for the loop's own thread. A task, timer or handler that throws is logged
 * and the loop goes on.
 */
public final class EventLoop implements Executor, AutoCloseable {
  // Deadlines are compared by difference, so they must lie less than half the range apart.
  private static final long LONGEST_DELAY = Long.MAX_VALUE / 2;

  private final Thread thread;
  private final Selector selector;
  private final Clock clock;
  private final BufferPool buffers;
  private final Log log;
  private final Mailbox mailbox = new Mailbox();
  private final Mailbox.Batch batch = new Mailbox.Batch();
  private final TimerHeap timers = new TimerHeap();
  private final AtomicBoolean awake = new AtomicBoolean(true);
  private final Consumer<SelectionKey> dispatch = this::dispatch;
  private long now;
  private volatile boolean stopping;
  // Written by the loop's thread only; read by others that look for the least busy loop.
  private volatile int load;
  private final AtomicInteger deliveries = new AtomicInteger();

  /**
   * Opens the selector and prepares the thread; {@link #start} sets it going.
   *
   * @throws IOException when no selector can be opened
   */
  public EventLoop(String name, Clock clock, BufferPool buffers, Log log) throws IOException {
    this.clock = clock;
    this.buffers = buffers;
    this.log = log;
    this.now = clock.nanos();
    this.selector = Selector.open();
    this.thread = new OwnThread(this::run, name);
  }

  public EventLoop start() {
    thread.start();
    return this;
  }

  /** Whether the caller runs on this loop's thread. Any thread. */
  public boolean inLoop() {
    return Thread.currentThread() == thread;
  }

  /**
   * Has the task run on the loop's thread, in the order of the calls. Any thread.
   *
   * @throws java.util.concurrent.RejectedExecutionException after the loop has ended
   */
  @Override
  public void execute(Runnable task) {
    if (mailbox.offer(task) && !inLoop() && awake.compareAndSet(false, true)) {
      selector.wakeup();
    }
  }

  /** Runs the task now when called on the loop's thread, else {@link #execute}s it. Any thread. */
  public void runOrExecute(Runnable task) {
    if (inLoop()) {
      task.run();
    } else {
      execute(task);
    }
  }

  /** Time at the start of this turn, as of {@link Clock#nanos}. */
  public long now() {
    return now;
  }

  /** A fresh reading of the clock, for measuring. Any thread. */
  public long time() {
    return clock.nanos();
  }

  public BufferPool buffers() {
    return buffers;
  }

  /**
   * Fires {@code timer} after the delay (at least 1 ns, at most 146 years); moves it if it is
   * scheduled already.
   */
  public void schedule(Timer timer, long delayNanos) {
    timers.schedule(timer, clock.nanos() + Math.min(LONGEST_DELAY, Math.max(1, delayNanos)));
  }

  /** The timer will not fire until it is scheduled again. No effect when it is not scheduled. */
  public void cancel(Timer timer) {
    timers.cancel(timer);
  }

  /** How many channels are registered, those included that were closed during this turn. */
  public int channels() {
    return selector.keys().size();
  }

  /** How many relays this loop carries. Any thread. */
  public int load() {
    return load;
  }

  /** How many closed flows still have bytes to get rid of. Any thread. */
  public int deliveries() {
    return deliveries.get();
  }

  /** Counts such a flow in ({@code 1}) or out ({@code -1}). Any thread. */
  public void addDelivery(int change) {
    deliveries.addAndGet(change);
  }

  /** Counts a relay in ({@code 1}) or out ({@code -1}). */
  @SuppressWarnings("NonAtomicVolatileUpdate") // one writer: the loop's thread
  public void addLoad(int change) {
    load += change;
  }

  /**
   * Registers a non-blocking channel.
   *
   * @throws IOException when the channel is closed already
   */
  public SelectionKey register(SelectableChannel channel, int ops, ReadyHandler handler)
      throws IOException {
    SelectionKey before = channel.keyFor(selector);
    if (before != null && !before.isValid()) {
      // It has left this loop during the last dispatch and is back before the next one: the
      // selector forgets cancelled keys only when it selects. Readiness is level-triggered, so
      // what this select finds is found again by the next.
      selector.selectNow();
      selector.selectedKeys().clear();
    }
    return channel.register(selector, ops, handler);
  }

  /**
   * Ends the loop: what is in the mailbox still runs, then every registered channel is closed. Any
   * thread; waits for the end unless called by the loop itself.
   */
  @Override
  public void close() {
    stopping = true;
    selector.wakeup();
    if (!inLoop() && thread.getState() != Thread.State.NEW) {
      join();
    } else if (thread.getState() == Thread.State.NEW) {
      end();
    }
  }

  private void join() {
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    while (!stopping) {
      try {
        turn();
      } catch (Throwable e) {
        report("event loop", e);
      }
    }
    end();
  }

  private void turn() throws IOException {
    now = clock.nanos();
    runTasks();
    fireTimers();
    awake.set(false);
    // A task that came before the flag was cleared has not woken the selector: do not wait then.
    long delay = mailbox.isEmpty() && !stopping ? timers.delay(clock.nanos()) : 0;
    if (delay == 0) {
      selector.selectNow(dispatch);
    } else {
      selector.select(dispatch, delay == Long.MAX_VALUE ? 0 : delay / 1_000_000 + 1);
    }
    awake.set(true);
  }

  private void runTasks() {
    mailbox.take(batch);
    Runnable[] tasks = batch.tasks;
    for (int i = 0; i < batch.size; i++) {
      Runnable task = tasks[i];
      tasks[i] = null;
      try {
        task.run();
      } catch (Throwable e) {
        report("task", e);
      }
    }
  }

  private void fireTimers() {
    // Only what was due when this began, so that a timer which schedules itself cannot hold us.
    for (Timer due = timers.pollDue(now); due != null; due = timers.pollDue(now)) {
      try {
        due.action.run();
      } catch (Throwable e) {
        report("timer", e);
      }
    }
  }

  private void dispatch(SelectionKey key) {
    if (!key.isValid()) {
      return;
    }
    ReadyHandler handler = (ReadyHandler) key.attachment();
    try {
      handler.ready(key.readyOps());
    } catch (Throwable e) {
      if (e instanceof Error) {
        report("handler", e); // not of the connection's making: it must not pass for a reset
      }
      fail(key, e);
    }
  }

  private void fail(SelectionKey key, Throwable cause) {
    try {
      ((ReadyHandler) key.attachment()).failed(cause);
    } catch (Throwable again) {
      report("handler", again);
    }
  }

  private void end() {
    if (!selector.isOpen()) {
      return;
    }
    mailbox.close();
    runTasks();
    IOException cause = new IOException("the event loop has ended");
    for (SelectionKey key : new ArrayList<>(selector.keys())) {
      fail(key, cause); // its owner aborts it, so that no peer takes this for a clean end
      close(key.channel());
    }
    buffers.clear(); // whoever still holds the loop must not hold its memory
    close(selector);
  }

  private void close(Closeable closeable) {
    try {
      closeable.close();
    } catch (IOException e) {
      report("closing " + closeable, e);
    }
  }

  private void report(String where, Throwable e) {
    if (log.on(Level.DEBUG)) {
      StringBuilder text = new StringBuilder(where).append(" failed: ").append(e);
      for (StackTraceElement frame : e.getStackTrace()) {
        text.append(" < ").append(frame);
      }
      log.debug(text.toString());
    }
    log.error(thread.getName() + ": " + where + " failed and was ended: " + e);
  }
}
