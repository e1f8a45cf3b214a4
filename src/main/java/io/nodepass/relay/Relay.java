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
  private final Flow user;
  private final Flow target;
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
     * @param cause what it broke with; null after a clean end, or when {@link #abort} gave none
     */
    void ended(Relay relay, Flow failed, Throwable cause);
  }

  /**
   * Prepares a relay of two flows of the same loop.
   *
   * @param user the flow on which the user's bytes arrive, from the user or through the tunnel
   * @param target the flow on which they leave, to the target or through the tunnel
   */
  public Relay(Flow user, Flow target, RelayLimits limits, End onEnd) {
    this.user = user;
    this.target = target;
    this.loop = user.loop();
    this.limits = limits;
    this.onEnd = onEnd;
    BufferPool buffers = loop.buffers();
    this.inward = new Pump(user, target, buffers);
    this.outward = new Pump(target, user, buffers);
    this.began = loop.time();
  }

  /**
   * Begins.
   *
   * @param early bytes already read from {@code user}, in a buffer of this loop's pool; may be null
   */
  public void start(ByteBuffer early) {
    loop.addLoad(1);
    user.attach(this);
    target.attach(this);
    user.interest(Flow.READ);
    target.interest(Flow.READ);
    try {
      inward.prime(early);
      afterTurn();
    } catch (IOException e) {
      failed(inward.active(), e);
    }
  }

  @Override
  public void ready(Flow flow, int ops) throws IOException {
    if (done) {
      return;
    }
    Pump from = flow == user ? inward : outward;
    Pump into = flow == user ? outward : inward;
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
      Flow culprit = inward.stalled() || outward.ended() ? target : user;
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

  /**
   * Aborts both flows at once; nothing happens when the relay has ended already.
   *
   * @param cause why, for the log; may be null
   */
  public void abort(Throwable cause) {
    failed(user, cause);
  }

  private void finish(Flow failed, Throwable cause) {
    done = true;
    loop.addLoad(-1);
    if (watch != null) {
      loop.cancel(watch);
    }
    inward.drop();
    outward.drop();
    if (failed == null) {
      close(user);
      close(target);
    } else {
      user.abort(cause);
      target.abort(cause);
    }
    onEnd.ended(this, failed, cause);
  }

  private static void close(Flow flow) {
    flow.closeOrAbort();
  }

  public Flow user() {
    return user;
  }

  public Flow target() {
    return target;
  }

  /** Bytes carried from the user to the target. */
  public long bytesIn() {
    return inward.bytes();
  }

  /** Bytes carried from the target to the user. */
  public long bytesOut() {
    return outward.bytes();
  }

  /** Since the relay was made, in nanoseconds. */
  public long duration() {
    return loop.time() - began;
  }
}
