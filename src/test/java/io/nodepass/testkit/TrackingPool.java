package io.nodepass.testkit;

import io.nodepass.buffer.BufferPool;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A pool that knows for every buffer that is out who took it, and refuses one that is given back
 * twice. For one thread at a time, like any pool.
 */
public final class TrackingPool extends BufferPool {
  private static final StackWalker STACK = StackWalker.getInstance();

  private final IdentityHashMap<ByteBuffer, String> out = new IdentityHashMap<>();
  private final IdentityHashMap<ByteBuffer, String> given = new IdentityHashMap<>();
  private int allocations;

  public TrackingPool() {
    this(16, 64);
  }

  public TrackingPool(int maxLarge, int maxSmall) {
    super(maxLarge, maxSmall);
  }

  @Override
  public ByteBuffer acquire() {
    return remember(super.acquire());
  }

  @Override
  public ByteBuffer acquireSmall() {
    return remember(super.acquireSmall());
  }

  @Override
  public ByteBuffer shrink(ByteBuffer buffer) {
    if (!out.containsKey(buffer)) {
      throw new IllegalStateException("not out, so not to be shrunk; given back by " + by(buffer));
    }
    return remember(super.shrink(buffer));
  }

  @Override
  public void release(ByteBuffer buffer) {
    if (out.remove(buffer) == null) {
      throw new IllegalStateException("not out; given back before by " + by(buffer));
    }
    if (buffer.isDirect()) {
      given.put(buffer, place());
    }
    super.release(buffer);
  }

  @Override
  protected ByteBuffer allocate(int size) {
    allocations++;
    return super.allocate(size);
  }

  /** How many direct buffers were ever made. */
  public int allocations() {
    return allocations;
  }

  /** How many buffers of any kind are out. */
  public int out() {
    return out.size();
  }

  /** How many buffers of that capacity are out. */
  public int out(int capacity) {
    return (int) out.keySet().stream().filter(buffer -> buffer.capacity() == capacity).count();
  }

  /** For every buffer that is out its size and the place that took it. */
  public List<String> leaks() {
    List<String> leaks = new ArrayList<>();
    out.forEach((buffer, place) -> leaks.add("buffer of " + buffer.capacity() + " from " + place));
    return leaks;
  }

  private ByteBuffer remember(ByteBuffer buffer) {
    out.put(buffer, place());
    return buffer;
  }

  private String by(ByteBuffer buffer) {
    return given.getOrDefault(buffer, "nobody, it is not from here");
  }

  private static String place() {
    return STACK.walk(
        frames ->
            frames
                .filter(frame -> !frame.getClassName().equals(TrackingPool.class.getName()))
                .filter(frame -> !frame.getClassName().equals(BufferPool.class.getName()))
                .limit(3)
                .map(StackWalker.StackFrame::toString)
                .collect(Collectors.joining(" < ")));
  }
}
