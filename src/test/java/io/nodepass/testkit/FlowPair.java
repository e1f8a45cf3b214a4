package io.nodepass.testkit;

import io.nodepass.reactor.EventLoop;
import io.nodepass.transport.Flow;

/**
 * Two flows in memory, connected to each other, on one loop. Each holds at most {@code capacity}
 * bytes for its reader, so that writes come out short; what an abort finds there is lost.
 */
public final class FlowPair {
  private final Flow left;
  private final Flow right;

  public FlowPair(EventLoop loop, int capacity) {
    this(loop, "left", "right", capacity);
  }

  public FlowPair(EventLoop loop, String left, String right, int capacity) {
    MemoryFlow[] ends = MemoryFlow.pair(loop, left, right, capacity);
    this.left = ends[0];
    this.right = ends[1];
  }

  public Flow left() {
    return left;
  }

  public Flow right() {
    return right;
  }
}
