package io.nodepass.testkit;

import java.io.Closeable;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The threads and sockets of one test double. Closing it closes every socket, which ends the calls
 * the threads are blocked in, and waits for the threads.
 */
final class Crew implements AutoCloseable {
  private static final long JOIN_MILLIS = 5_000;

  private final String name;
  private final Set<Closeable> open = ConcurrentHashMap.newKeySet();
  private final Set<Thread> threads = ConcurrentHashMap.newKeySet();
  private volatile boolean closed;

  Crew(String name) {
    this.name = name;
  }

  /** What one thread does. Throwing ends the thread and nothing else: peers come and go. */
  @FunctionalInterface
  interface Task {
    void run() throws IOException, InterruptedException;
  }

  @Override
  public String toString() {
    return name;
  }

  boolean isClosed() {
    return closed;
  }

  /** Adopts a socket; one that comes too late is closed at once and refused. */
  <T extends Closeable> T own(T socket) throws IOException {
    open.add(socket);
    if (closed) {
      release(socket);
      throw new IOException(name + " is closed");
    }
    return socket;
  }

  /** Adopts what has taken over a socket, in the place of that. */
  <T extends Closeable> T own(T next, Closeable instead) throws IOException {
    own(next);
    open.remove(instead);
    return next;
  }

  /** Closes one socket and forgets it. */
  void release(Closeable socket) {
    open.remove(socket);
    try {
      socket.close();
    } catch (IOException e) {
      // It is gone, which is all that was wanted.
    }
  }

  void spawn(String task, Task body) {
    Thread thread =
        new Thread(
            () -> {
              try {
                body.run();
              } catch (IOException | InterruptedException e) {
                // The peer is gone or the double is closed: this task is over.
              } finally {
                threads.remove(Thread.currentThread());
              }
            },
            name + " " + task);
    thread.setDaemon(true);
    threads.add(thread);
    thread.start();
  }

  @Override
  public void close() {
    closed = true;
    open.forEach(this::release);
    for (Thread thread : threads) {
      thread.interrupt();
    }
    for (Thread thread : threads) {
      join(thread);
    }
    // Whatever was adopted between the first sweep and a thread's end.
    open.forEach(this::release);
  }

  private void join(Thread thread) {
    try {
      thread.join(JOIN_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (thread.isAlive()) {
      throw new IllegalStateException("thread did not end: " + thread.getName());
    }
  }
}
