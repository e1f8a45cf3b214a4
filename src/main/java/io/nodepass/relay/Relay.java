package io.nodepass.relay;

import io.nodepass.buffer.BufferPool;
import io.nodepass.reactor.EventLoop;
import io.nodepass.reactor.Timer;
import io.nodepass.transport.Flow;
import io.nodepass.transport.FlowOwner;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Splices two flows of the same loop until both directions have ended, or either flow fails.
 *
 * <p>In each direction that has not ended exactly one of {source READ, sink WRITE} is armed, and a
 * buffer is held only while it is not empty. The end of one flow becomes a half-close of the other;
 * an abort of one becomes an abort of the other. On the loop's thread throughout.
 */
public final class Relay implements FlowOwner {
  private final Flow near;
  private final Flow far;
  private final Pump inward;
  private final Pump outward;
  private final RelayLimits limits;
  private final End onEnd;
  private final EventLoop loop;
  private final long began;
  private Timer watch;
  private long lastProgress;
  private long lastBytes;
  private boolean done;

  /** Told once, when both flows are closed. */
  @FunctionalInterface
  public interface End {
    /**
     * The relay is over.
     *
     * @param relay with its final counts
     * @param failed the flow that was aborted by its peer or broke, null after a clean end
     * @param cause what it broke with, null after a clean end
     */
    void ended(Relay relay, Flow failed, Throwable cause);
  }

  /**
   * @param near the flow on this process's outer side: the user's or the target's
   * @param far the flow to the other end of the tunnel
   */
  public Relay(Flow near, Flow far, RelayLimits limits, End onEnd) {
    this.near = near;
    this.far = far;
    this.loop = near.loop();
    this.limits = limits;
    this.onEnd = onEnd;
    BufferPool buffers = loop.buffers();
    this.inward = new Pump(near, far, buffers);
    this.outward = new Pump(far, near, buffers);
    this.began = loop.time();
  }

  /**
   * Begins.
   *
   * @param early bytes already read from {@code far}, in a buffer of this loop's pool; may be null
   */
  public void start(ByteBuffer early) {
    loop.addLoad(1);
    near.attach(this);
    far.attach(this);
    near.interest(Flow.READ);
    far.interest(Flow.READ);
    try {
      outward.prime(early);
      afterTurn();
    } catch (IOException e) {
      failed(outward.active(), e);
    }
  }

  @Override
  public void ready(Flow flow, int ops) throws IOException {
    if (done) {
      return;
    }
    Pump from = flow == near ? inward : outward;
    Pump into = flow == near ? outward : inward;
    if ((ops & Flow.WRITE) != 0) {
      move(into, false);
    }
    if ((ops & Flow.READ) != 0 && !done) {
      move(from, true);
    }
    if (!done) {
      afterTurn();
    }
  }

  /** Runs one pump; a failure of either flow ends the relay, with the one to blame named. */
  private void move(Pump pump, boolean fill) {
    try {
      if (fill) {
        pump.fill();
      } else {
        pump.flush();
      }
    } catch (IOException e) {
      failed(pump.active(), e);
    }
  }

  private void afterTurn() {
    if (inward.ended() && outward.ended()) {
      finish(null, null);
    } else if (needsWatch() && (watch == null || !watch.isScheduled())) {
      if (watch == null) {
        watch = new Timer(this::check);
      }
      lastProgress = loop.time();
      lastBytes = bytesIn() + bytesOut();
      loop.schedule(watch, limits.checkNanos());
    }
  }

  private boolean needsWatch() {
    return inward.stalled() || outward.stalled() || inward.ended() || outward.ended();
  }

  private void check() {
    if (done || !needsWatch()) {
      return;
    }
    long bytes = bytesIn() + bytesOut();
    long now = loop.time();
    if (bytes != lastBytes) {
      lastBytes = bytes;
      lastProgress = now;
    }
    boolean stalled = inward.stalled() || outward.stalled();
    long still = now - lastProgress;
    if (still >= (stalled ? limits.stallNanos() : limits.halfClosedNanos())) {
      Flow culprit = inward.stalled() || outward.ended() ? far : near;
      failed(culprit, new IOException(stalled ? "took no bytes for too long" : "idle half-closed"));
    } else if (probe(inward) && probe(outward)) {
      loop.schedule(watch, limits.checkNanos());
    }
  }

  private boolean probe(Pump pump) {
    ByteBuffer scratch = loop.buffers().acquireSmall();
    try {
      pump.probe(scratch);
      return true;
    } catch (IOException e) {
      failed(pump.source(), e);
      return false;
    } finally {
      loop.buffers().release(scratch);
    }
  }

  @Override
  public void failed(Flow flow, Throwable cause) {
    if (!done) {
      finish(flow, cause);
    }
  }

  /** Ends both flows at once; nothing happens when the relay has ended already. */
  public void abort(Throwable cause) {
    failed(near, cause);
  }

  private void finish(Flow failed, Throwable cause) {
    done = true;
    loop.addLoad(-1);
    if (watch != null) {
      loop.cancel(watch);
    }
    inward.drop();
    outward.drop();
    end(near, cause);
    end(far, cause);
    onEnd.ended(this, failed, cause);
  }

  private static void end(Flow flow, Throwable cause) {
    if (cause != null) {
      flow.abort(cause);
      return;
    }
    try {
      flow.close();
    } catch (IOException e) {
      flow.abort(e);
    }
  }

  public Flow near() {
    return near;
  }

  public Flow far() {
    return far;
  }

  /** Bytes carried from the near flow into the tunnel. */
  public long bytesIn() {
    return inward.bytes();
  }

  /** Bytes carried out of the tunnel to the near flow. */
  public long bytesOut() {
    return outward.bytes();
  }

  /** Since the relay was made, in nanoseconds. */
  public long duration() {
    return loop.time() - began;
  }
}
