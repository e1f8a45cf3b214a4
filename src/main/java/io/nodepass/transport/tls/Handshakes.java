package io.nodepass.transport.tls;

import io.nodepass.transport.Flow;
import java.io.IOException;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLEngine;

/**
 * Begins handshakes, so many at most at the same time, each with the same limit of time. Shared by
 * the loops of a process.
 */
public final class Handshakes {
  private final Executor executor;
  private final int most;
  private final long timeoutNanos;
  private final AtomicInteger unfinished = new AtomicInteger();

  /**
   * Sets the limits.
   *
   * @param executor runs what engines delegate, off the loops
   * @param most how many may be under way
   * @param timeoutNanos for each
   */
  public Handshakes(Executor executor, int most, long timeoutNanos) {
    this.executor = executor;
    this.most = most;
    this.timeoutNanos = timeoutNanos;
  }

  /** How many are under way. Any thread. */
  public int unfinished() {
    return unfinished.get();
  }

  /**
   * Adopts the flow and begins, on the flow's loop; when there are too many, the flow is aborted
   * and the callback told so at once.
   */
  public void begin(Flow flow, SSLEngine engine, TlsHandshake.Callback callback) {
    if (unfinished.incrementAndGet() > most) {
      unfinished.decrementAndGet();
      IOException cause =
          new IOException("TLS handshake with " + flow.remote() + " refused: too many at once");
      flow.abort(cause);
      callback.failed(cause);
      return;
    }
    TlsHandshake.begin(flow, engine, executor, timeoutNanos, new Counted(callback));
  }

  private final class Counted implements TlsHandshake.Callback {
    private final TlsHandshake.Callback callback;

    Counted(TlsHandshake.Callback callback) {
      this.callback = callback;
    }

    @Override
    public void connected(TlsFlow flow) {
      unfinished.decrementAndGet();
      callback.connected(flow);
    }

    @Override
    public void failed(IOException cause) {
      unfinished.decrementAndGet();
      callback.failed(cause);
    }
  }
}
