package io.nodepass.transport.tls;

import io.nodepass.transport.Flow;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Predicate;
import java.util.function.Supplier;
import javax.net.ssl.SSLEngine;

/**
 * The unfinished handshakes of an accepting side: so many at most in all and of each network, each
 * with the same limit of time. When a network has too many, one of its own makes room for its next;
 * when there are too many in all, one of the network that has most. That is one whose peer keeps us
 * waiting: the oldest of those that have not said a word, or else the oldest. One that is only
 * being worked on is never given up for another. A connection whose handshake has failed counts
 * until it is closed, as its peer is told why first, and is the first to make room. What they have
 * to be worked on is paced by {@link PacedTasks}. For one loop only.
 */
public final class Handshakes {
  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  private final Executor executor;
  private final int most;
  private final int mostOfNetwork;
  private final long timeoutNanos;
  private final Map<Object, Network> networks = new LinkedHashMap<>();
  private int count;

  /**
   * Sets the limits.
   *
   * @param executor runs what engines delegate, off the loops
   * @param most how many may be under way
   * @param mostOfNetwork how many of them may be of the same network
   * @param timeoutNanos for each
   */
  public Handshakes(Executor executor, int most, int mostOfNetwork, long timeoutNanos) {
    this.executor = new PacedTasks(executor);
    this.most = most;
    this.mostOfNetwork = mostOfNetwork;
    this.timeoutNanos = timeoutNanos;
  }

  /** How many are under way, or have failed and are not closed yet. */
  public int unfinished() {
    forgetClosed();
    return count;
  }

  private void forgetClosed() {
    networks
        .values()
        .removeIf(
            network -> {
              int before = network.unfinished.size();
              network.unfinished.removeIf(Unfinished::isClosed);
              count -= before - network.unfinished.size();
              return network.unfinished.isEmpty();
            });
  }

  /**
   * Adopts the flow and begins; when there is no room, the callback is told so at once.
   *
   * @param network whose limit counts; equal for all peers that may be the same
   * @param engines asked for a new one only when there is room
   */
  public void begin(
      Flow flow, Object network, Supplier<SSLEngine> engines, TlsHandshake.Callback callback) {
    begin(flow, NOTHING, /* greeted= */ false, network, engines, callback);
  }

  /**
   * As above, of a flow that was read from already.
   *
   * @param first what was read, which is taken before this returns
   * @param greeted whether more was said on it before; of those who wait for their peers, those who
   *     have and those who have not make room by turns, the larger number first
   */
  public void begin(
      Flow flow,
      ByteBuffer first,
      boolean greeted,
      Object network,
      Supplier<SSLEngine> engines,
      TlsHandshake.Callback callback) {
    if (!makeRoom(network)) {
      refuse(flow, "too many at once", null, callback);
      return;
    }
    SSLEngine engine;
    try {
      engine = engines.get();
    } catch (RuntimeException | Error e) {
      refuse(flow, e.toString(), e, callback);
      return;
    }
    Network home = networks.computeIfAbsent(network, Network::new);
    Unfinished handshake = new Unfinished(home, flow, greeted, callback);
    home.unfinished.add(handshake);
    count++;
    try {
      handshake.begun = TlsHandshake.begin(flow, first, engine, executor, timeoutNanos, handshake);
    } finally {
      if (handshake.begun == null) {
        handshake.forget();
      }
    }
  }

  private static void refuse(
      Flow flow, String reason, Throwable cause, TlsHandshake.Callback callback) {
    IOException failure = TlsHandshake.failure(flow, reason, cause);
    flow.abort(failure);
    callback.failed(failure);
  }

  /** Whether there is room for another one of that network by now. */
  private boolean makeRoom(Object network) {
    forgetClosed();
    Network own = networks.get(network);
    int size = own == null ? 0 : own.unfinished.size();
    Unfinished victim;
    if (size >= mostOfNetwork) {
      victim = own.leastMissed();
    } else if (count >= most) {
      victim = leastMissed(size);
    } else {
      return true;
    }
    if (victim == null) {
      return false;
    }
    victim.giveWay();
    return true;
  }

  /** One of the network that has most; none of those that have fewer than the one that comes. */
  private Unfinished leastMissed(int atLeast) {
    Unfinished chosen = null;
    int size = atLeast - 1;
    for (Network network : networks.values()) {
      Unfinished candidate = network.unfinished.size() > size ? network.leastMissed() : null;
      if (candidate != null) {
        chosen = candidate;
        size = network.unfinished.size();
      }
    }
    return chosen;
  }

  /** Gives all of them up; their callbacks are not told. */
  public void clear() {
    clear(callback -> true);
  }

  /** Gives those up that will call such a callback; it is not told. */
  public void clear(Predicate<TlsHandshake.Callback> which) {
    for (Network network : List.copyOf(networks.values())) {
      for (Unfinished unfinished : List.copyOf(network.unfinished)) {
        if (which.test(unfinished.callback)) {
          unfinished.cancel();
        }
      }
    }
  }

  /** Those of one network, in the order in which they came. */
  private static final class Network {
    private final Object key;
    private final Set<Unfinished> unfinished = new LinkedHashSet<>();

    Network(Object key) {
      this.key = key;
    }

    /** Null when all of them are being worked on. */
    Unfinished leastMissed() {
      Unfinished silent = null;
      Unfinished greeted = null;
      Unfinished other = null;
      int balance = 0;
      for (Unfinished candidate : unfinished) {
        if (candidate.over) {
          return candidate;
        }
        if (candidate.begun == null || !candidate.begun.awaitsPeer()) {
          continue;
        }
        if (candidate.begun.isSilent()) {
          silent = silent == null ? candidate : silent;
        } else if (candidate.greeted) {
          greeted = greeted == null ? candidate : greeted;
          balance++;
        } else {
          other = other == null ? candidate : other;
          balance--;
        }
      }
      Unfinished oldest = balance > 0 ? greeted : other;
      return silent == null ? oldest : silent;
    }
  }

  private final class Unfinished implements TlsHandshake.Callback {
    private final Network home;
    private final Flow flow;
    private final boolean greeted;
    private final TlsHandshake.Callback callback;
    private TlsHandshake begun;
    private boolean over;

    Unfinished(Network home, Flow flow, boolean greeted, TlsHandshake.Callback callback) {
      this.home = home;
      this.flow = flow;
      this.greeted = greeted;
      this.callback = callback;
    }

    boolean isClosed() {
      return over && !flow.isOpen();
    }

    void giveWay() {
      if (over) {
        flow.abort(null);
        forget();
      } else {
        begun.giveUp("too many at once, and it was the oldest");
      }
    }

    void cancel() {
      if (!over && begun != null) {
        begun.cancel();
        forget();
      }
    }

    @Override
    public void connected(TlsFlow flow) {
      forget();
      callback.connected(flow);
    }

    @Override
    public void failed(IOException cause) {
      over = true;
      if (!flow.isOpen()) {
        forget();
      }
      callback.failed(cause);
    }

    private void forget() {
      if (home.unfinished.remove(this)) {
        count--;
        if (home.unfinished.isEmpty()) {
          networks.remove(home.key, home);
        }
      }
    }
  }
}
