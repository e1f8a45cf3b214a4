package io.nodepass.transport;

import io.nodepass.buffer.BufferPool;
import io.nodepass.reactor.EventLoop;
import io.nodepass.reactor.Timer;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Takes leave of a flow that nobody owns any more: sends the last bytes, ends our side, waits for
 * the peer's end and closes. A close at once could turn into an abort, and lose what was sent last.
 * When it takes too long the flow is aborted.
 */
public final class Farewell implements FlowOwner {
  private final Flow flow;
  private final EventLoop loop;
  private final Timer deadline = new Timer(this::late);
  private final ByteBuffer last;
  private final boolean counted;
  private final Runnable after;
  private boolean ended;
  private boolean over;

  private Farewell(Flow flow, ByteBuffer last, boolean counted, Runnable after) {
    this.flow = flow;
    this.last = last;
    this.counted = counted;
    this.after = after;
    this.loop = flow.loop();
  }

  /** Adopts the flow, and the bytes that are to be sent first. On the loop's thread. */
  public static void begin(Flow flow, ByteBuffer last, long withinNanos) {
    begin(flow, last, withinNanos, () -> {});
  }

  /** As above; {@code after} is run once the flow is about to be closed, or aborted here. */
  public static void begin(Flow flow, ByteBuffer last, long withinNanos, Runnable after) {
    new Farewell(flow, last, /* counted= */ false, after).start(withinNanos);
  }

  /**
   * Adopts a flow on which bytes may still be under way that must not be lost. Its loop counts it
   * among its deliveries, so that a shutdown can wait for it. On the loop's thread.
   */
  public static void deliver(Flow flow, long withinNanos) {
    new Farewell(flow, ByteBuffer.allocate(0), /* counted= */ true, () -> {}).start(withinNanos);
  }

  private void start(long withinNanos) {
    if (counted) {
      loop.addDelivery(1);
    }
    flow.attach(this);
    loop.schedule(deadline, withinNanos);
    try {
      ready(flow, Flow.WRITE);
    } catch (IOException e) {
      failed(flow, e);
    }
  }

  /** Whether it was not over before. */
  private boolean finish() {
    if (over) {
      return false;
    }
    over = true;
    loop.cancel(deadline);
    if (counted) {
      loop.addDelivery(-1);
    }
    after.run();
    return true;
  }

  @Override
  public void ready(Flow flow, int ops) throws IOException {
    if (over) {
      return;
    }
    if (last.hasRemaining()) {
      flow.write(last);
    }
    if (last.hasRemaining()) {
      flow.interest(Flow.WRITE);
      return;
    }
    if (!ended) {
      ended = true;
      flow.shutdownOutput();
      flow.interest(Flow.READ);
    }
    drain();
  }

  private void drain() throws IOException {
    BufferPool pool = loop.buffers();
    ByteBuffer scratch = pool.acquireSmall();
    int n;
    try {
      n = flow.read(scratch);
    } finally {
      pool.release(scratch);
    }
    if (n < 0 && finish()) {
      flow.closeOrAbort();
    }
  }

  @Override
  public void failed(Flow flow, Throwable cause) {
    if (finish()) {
      flow.abort(cause);
    }
  }

  private void late() {
    failed(flow, null);
  }
}
