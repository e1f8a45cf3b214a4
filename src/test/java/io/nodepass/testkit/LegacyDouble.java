package io.nodepass.testkit;

import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What both doubles of the original have in common: they live in rounds, each from the first line
 * of a control channel to its loss, with a pause between one and the next, and count what they do.
 */
public abstract class LegacyDouble implements AutoCloseable {
  final Crew crew;
  private final Duration cooldown;
  private final AtomicInteger controls = new AtomicInteger();
  private final AtomicInteger pooled = new AtomicInteger();
  private final AtomicInteger carried = new AtomicInteger();
  private final AtomicInteger active = new AtomicInteger();
  private final AtomicInteger refused = new AtomicInteger();
  private volatile Round round;

  LegacyDouble(String name, Duration cooldown) {
    this.crew = new Crew(name);
    this.cooldown = cooldown;
  }

  /** One life of the tunnel. */
  interface Round {
    /** Lives it; ends by an exception. */
    void live() throws IOException, InterruptedException;

    /** Data connections that are ready, dead ones included: the original cannot tell. */
    int ready();

    /** Closes what belongs to this round; running exchanges go on, as in the original. */
    void stop();
  }

  abstract Round nextRound() throws IOException;

  /** Lives round after round, on a thread of its own, until it is closed. */
  void begin(Round first) {
    round = first;
    crew.spawn("rounds", () -> live(first));
  }

  private void live(Round first) throws InterruptedException {
    Round now = first;
    while (!crew.isClosed()) {
      try {
        if (now == null) {
          now = nextRound();
          round = now;
        }
        now.live();
      } catch (IOException | NumberFormatException e) {
        // No peer, no line that can be used, control is lost or a port is still taken: the
        // rebuild is the answer to all of them.
      } finally {
        round = null;
        if (now != null) {
          now.stop();
        }
        now = null;
      }
      Thread.sleep(cooldown.toMillis());
    }
  }

  /** Carries a user to both ends and closes both. */
  void carry(Wire one, Wire two) throws InterruptedException {
    active.incrementAndGet();
    try {
      BlockingExchange.run(crew, one, two);
    } finally {
      active.decrementAndGet();
    }
  }

  /** A small buffer's delay would be measured as the tunnel's. */
  Socket adopted(Socket socket) throws IOException {
    crew.own(socket);
    socket.setTcpNoDelay(true);
    return socket;
  }

  /** The current round, or null between two of them. */
  final Round round() {
    return round;
  }

  void countControl() {
    controls.incrementAndGet();
  }

  void countPooled() {
    pooled.incrementAndGet();
  }

  void countCarried() {
    carried.incrementAndGet();
  }

  void countRefused() {
    refused.incrementAndGet();
  }

  /** Control channels that came to be used so far, over all rebuilds. */
  public int controls() {
    return controls.get();
  }

  /** Data connections that were given an id so far. */
  public int pooled() {
    return pooled.get();
  }

  /** Data connections that are ready now, dead ones included: the original cannot tell. */
  public int ready() {
    Round now = round;
    return now == null ? 0 : now.ready();
  }

  /** Users that were carried so far, or are. */
  public int carried() {
    return carried.get();
  }

  /** Users that are being carried now. */
  public int active() {
    return active.get();
  }

  /** TLS handshakes that failed so far. */
  public int refused() {
    return refused.get();
  }

  /** How it stands, for a test that fails. */
  String tail() {
    return crew
        + ": "
        + controls
        + " control channels, "
        + pooled
        + " pooled, "
        + ready()
        + " ready, "
        + carried
        + " carried, "
        + active
        + " active, "
        + refused
        + " handshakes failed";
  }

  @Override
  public void close() {
    crew.close();
  }
}
