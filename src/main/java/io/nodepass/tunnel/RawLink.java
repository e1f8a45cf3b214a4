package io.nodepass.tunnel;

import io.nodepass.reactor.Timer;
import io.nodepass.transport.Flow;
import io.nodepass.transport.FlowOwner;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;

/**
 * A data connection in mode 0, from the server's answer to the signal; used once. For the home loop
 * only.
 */
final class RawLink extends Link implements FlowOwner {
  private static final long LIMIT = TimeUnit.SECONDS.toNanos(10);

  private final Flow flow;
  private final LinkPool pool;
  private final FirstLine signal = new FirstLine();
  private final Timer limit;
  private boolean over;

  RawLink(Flow flow, LinkPool pool) {
    this.flow = flow;
    this.pool = pool;
    this.limit = new Timer(() -> failed(flow, new IOException("the signal stopped half-way")));
  }

  @Override
  void watch() {
    flow.attach(this);
    flow.interest(Flow.READ);
  }

  @Override
  public void ready(Flow flow, int ops) throws IOException {
    if (over) {
      return;
    }
    if (signal.read(flow)) {
      SessionSignal parsed = SessionSignal.parse(signal.text());
      over();
      flow.interest(0);
      pool.used(this, parsed, flow);
      ByteBuffer early = signal.rest();
      pool.launcher()
          .launch(new SignalledFlow(flow, early.hasRemaining() ? early : null, pool.launcher()));
    } else if (!signal.isEmpty() && !limit.isScheduled()) {
      pool.home().schedule(limit, LIMIT);
    }
  }

  @Override
  public void failed(Flow flow, Throwable cause) {
    if (over) {
      return;
    }
    end(new IOException(cause));
    if (cause instanceof ProtocolException) {
      pool.misused(this, cause.getMessage());
    } else {
      pool.gone(this, String.valueOf(cause.getMessage()));
    }
  }

  private void over() {
    over = true;
    pool.home().cancel(limit);
  }

  @Override
  void end(IOException cause) {
    if (!over) {
      over();
      flow.abort(cause);
    }
  }
}
