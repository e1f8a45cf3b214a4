package io.nodepass.transport.tls;

import io.nodepass.transport.Flow;
import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;

/**
 * The unfinished handshakes of an accepting side: so many at most, each with the same limit of
 * time. When there are too many, the one whose peer has kept us waiting longest makes room for the
 * next; one that is only being worked on is never given up for another. What they have to be worked
 * on is paced by {@link PacedTasks}. For one loop only.
 */
public final class Handshakes {
  private final Executor executor;
  private final int most;
  private final long timeoutNanos;
  private final Set<Unfinished> unfinished = new LinkedHashSet<>();

  /**
   * Sets the limits.
   *
   * @param executor runs what engines delegate, off the loops
   * @param most how many may be under way
   * @param timeoutNanos for each
   */
  public Handshakes(Executor executor, int most, long timeoutNanos) {
    this.executor = new PacedTasks(executor);
    this.most = most;
    this.timeoutNanos = timeoutNanos;
  }

  /** How many are under way. */
  public int unfinished() {
    return unfinished.size();
  }

  /**
   * Adopts the flow and begins; when there is no room, the callback is told so at once.
   *
   * @param engines asked for a new one only when there is
   */
  public void begin(Flow flow, Supplier<SSLEngine> engines, TlsHandshake.Callback callback) {
    if (unfinished.size() >= most && !makeRoom()) {
      IOException cause = TlsHandshake.failure(flow, "too many at once", null);
      flow.abort(cause);
      callback.failed(cause);
      return;
    }
    Unfinished handshake = new Unfinished(callback);
    unfinished.add(handshake);
    TlsHandshake begun = TlsHandshake.begin(flow, engines.get(), executor, timeoutNanos, handshake);
    handshake.begun = begun;
  }

  private boolean makeRoom() {
    for (Unfinished oldest : unfinished) {
      if (oldest.begun.awaitsPeer()) {
        oldest.begun.giveUp("too many at once, and it was the oldest");
        return true;
      }
    }
    return false;
  }

  /** Gives all of them up; their callbacks are not told. */
  public void clear() {
    List<Unfinished> all = List.copyOf(unfinished);
    unfinished.clear();
    all.forEach(handshake -> handshake.begun.cancel());
  }

  private final class Unfinished implements TlsHandshake.Callback {
    private final TlsHandshake.Callback callback;
    private TlsHandshake begun;

    Unfinished(TlsHandshake.Callback callback) {
      this.callback = callback;
    }

    @Override
    public void connected(TlsFlow flow) {
      unfinished.remove(this);
      callback.connected(flow);
    }

    @Override
    public void failed(IOException cause) {
      unfinished.remove(this);
      callback.failed(cause);
    }
  }
}
