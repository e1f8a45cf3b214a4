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
  private boolean ended;

  private Farewell(Flow flow, ByteBuffer last) {
    this.flow = flow;
    this.last = last;
    this.loop = flow.loop();
  }

  /** Adopts the flow, and the bytes that are to be sent first. On the loop's thread. */
  public static void begin(Flow flow, ByteBuffer last, long withinNanos) {
    Farewell farewell = new Farewell(flow, last);
    flow.attach(farewell);
    farewell.loop.schedule(farewell.deadline, withinNanos);
    try {
      farewell.ready(flow, Flow.WRITE);
    } catch (IOException e) {
      farewell.failed(flow, e);
    }
  }

  @Override
  public void ready(Flow flow, int ops) throws IOException {
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
    if (n < 0) {
      loop.cancel(deadline);
      flow.close();
    }
  }

  @Override
  public void failed(Flow flow, Throwable cause) {
    loop.cancel(deadline);
    flow.abort(cause);
  }

  private void late() {
    flow.abort(null);
  }
}
