package io.nodepass.transport.tls;

import io.nodepass.reactor.EventLoop;
import io.nodepass.reactor.Timer;
import io.nodepass.transport.Flow;
import io.nodepass.transport.FlowOwner;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;

/**
 * Closes a flow whose peer has ended, and that nobody owns any more, as soon as it has taken the
 * last bytes. From there on they are the system's to deliver, however slow the peer is. A peer that
 * takes nothing for ten minutes is aborted. Its loop counts it as long as it lasts, so that a
 * shutdown can wait for it.
 */
final class Delivery implements FlowOwner {
  private static final long STALL = TimeUnit.MINUTES.toNanos(10);

  private final Flow flow;
  private final EventLoop loop;
  private final ByteBuffer last;
  private final Timer stall = new Timer(this::stalled);
  private boolean over;

  private Delivery(Flow flow, ByteBuffer last) {
    this.flow = flow;
    this.last = last;
    this.loop = flow.loop();
  }

  /** Adopts the flow. On the loop's thread. */
  static void begin(Flow flow, ByteBuffer last) {
    Delivery delivery = new Delivery(flow, last);
    delivery.loop.addDelivery(1);
    flow.attach(delivery);
    try {
      delivery.write();
    } catch (IOException e) {
      delivery.failed(flow, e);
    }
  }

  @Override
  public void ready(Flow flow, int ops) throws IOException {
    if (!over) {
      write();
    }
  }

  private void write() throws IOException {
    int before = last.remaining();
    if (before > 0) {
      flow.write(last);
    }
    if (!last.hasRemaining()) {
      finish();
      flow.close();
      return;
    }
    if (last.remaining() < before || !stall.isScheduled()) {
      loop.schedule(stall, STALL);
    }
    flow.interest(Flow.WRITE);
  }

  private void finish() {
    over = true;
    loop.cancel(stall);
    loop.addDelivery(-1);
  }

  private void stalled() {
    failed(flow, new IOException("took no bytes for too long"));
  }

  @Override
  public void failed(Flow flow, Throwable cause) {
    if (!over) {
      finish();
      flow.abort(cause);
    }
  }
}
