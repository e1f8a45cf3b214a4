package io.nodepass.reactor;

import io.nodepass.buffer.BufferPool;
import io.nodepass.telemetry.Log;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The event loops that the tunnels of a process share. */
public final class EventLoops implements AutoCloseable {
  private static final int HOME_ADVANTAGE = 8;

  private final List<EventLoop> loops;

  private EventLoops(List<EventLoop> loops) {
    this.loops = List.copyOf(loops);
  }

  /**
   * Starts {@code count} loops.
   *
   * @throws IOException when a selector cannot be opened; none is left running then
   */
  public static EventLoops start(int count, Clock clock, Log log) throws IOException {
    List<EventLoop> loops = new ArrayList<>();
    try {
      for (int i = 0; i < count; i++) {
        // Direct memory is limited to the size of the heap unless the JVM is told otherwise.
        BufferPool buffers = BufferPool.sized(Runtime.getRuntime().maxMemory(), count);
        loops.add(new EventLoop("nodepass-loop-" + i, clock, buffers, log));
        loops.get(i).start();
      }
      return new EventLoops(loops);
    } catch (IOException | RuntimeException | Error e) {
      loops.forEach(EventLoop::close);
      if (e instanceof IOException) {
        throw new IOException("cannot open event loop " + loops.size() + ": " + e.getMessage(), e);
      }
      throw e;
    }
  }

  /** The loops, at least one. */
  public List<EventLoop> all() {
    return loops;
  }

  /**
   * Where a new relay belongs: the loop with the fewest, but {@code home} as long as it has only a
   * few more. A hand-over to another thread costs more than a relay that has little to carry.
   */
  public EventLoop forRelay(EventLoop home) {
    EventLoop best = home;
    int least = home.load() - HOME_ADVANTAGE;
    for (EventLoop loop : loops) {
      if (loop.load() < least) {
        best = loop;
        least = loop.load();
      }
    }
    return best;
  }

  /** How many closed flows still have bytes to get rid of. Any thread. */
  public int deliveries() {
    int deliveries = 0;
    for (EventLoop loop : loops) {
      deliveries += loop.deliveries();
    }
    return deliveries;
  }

  @Override
  public void close() {
    loops.forEach(EventLoop::close);
  }
}
