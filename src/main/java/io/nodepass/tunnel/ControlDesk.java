package io.nodepass.tunnel;

import io.nodepass.reactor.EventLoop;
import io.nodepass.reactor.Timer;
import io.nodepass.transport.Addresses;
import io.nodepass.transport.Arrival;
import io.nodepass.transport.Flow;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Decides which control connection is the client's. A legacy client says nothing on it, so a silent
 * stranger looks the same until a data connection arrives from its address.
 *
 * <pre>
 *   waiting ──greeted──▶ provisional ──data connection from its address──▶ active
 *      │                      │                                              │
 *      └── speaks, ends ──────┴── speaks, ends, no data in 10 s ─▶ closed ◀──┘ lost
 * </pre>
 *
 * Nobody is greeted while there is an active one; of one address, the next is greeted only a second
 * after the last, so that the data connection tells which of them is meant. When too many wait, one
 * of the network that has most makes room for the next. For the home loop only.
 */
final class ControlDesk implements Candidate.Desk {
  static final long PROVISIONAL_NANOS = TimeUnit.SECONDS.toNanos(10);
  static final long SPACING_NANOS = TimeUnit.SECONDS.toNanos(1);
  static final int MOST_PER_NETWORK = 8;
  static final int MOST = 64;

  private final EventLoop home;
  private final Notices notices;
  private final DeskOwner owner;
  private final Timer timer;
  private final List<Candidate> candidates = new ArrayList<>();
  private Candidate active;

  ControlDesk(EventLoop home, Notices notices, DeskOwner owner) {
    this.home = home;
    this.notices = notices;
    this.owner = owner;
    this.timer = new Timer(this::admit);
  }

  boolean isConnected() {
    return active != null;
  }

  /** Whether there is a client, at another address than this one. */
  boolean hasElsewhere(InetAddress ip) {
    return active != null && !active.ip().equals(ip);
  }

  /** A connection to the tunnel port. */
  void arrived(Arrival arrival) {
    try {
      adopt(arrival.bind(home), arrival.remote());
    } catch (IOException e) {
      notices.refused(
          "control connection from "
              + Addresses.text(arrival.remote())
              + " failed: "
              + e.getMessage());
    }
  }

  /** A connection to the tunnel port that is silent, and has no interest. */
  void adopt(Flow flow, InetSocketAddress remote) {
    if (count(Addresses.network(remote.getAddress())) >= MOST_PER_NETWORK) {
      flow.abort(null);
      notices.refused(
          "control connection from "
              + Addresses.text(remote)
              + " refused: "
              + MOST_PER_NETWORK
              + " from its address wait already");
      return;
    }
    if (candidates.size() >= MOST) {
      mostCrowded().end("too many wait");
    }
    Candidate candidate = new Candidate(remote, flow, this);
    candidates.add(candidate);
    candidate.open();
    admit();
  }

  private int count(InetAddress network) {
    int count = 0;
    for (Candidate candidate : candidates) {
      count += candidate.network().equals(network) ? 1 : 0;
    }
    return count;
  }

  /** The longest waiting one of the network that has most; never the client. */
  private Candidate mostCrowded() {
    Candidate chosen = null;
    int most = 0;
    for (Candidate candidate : candidates) {
      int count = candidate == active ? 0 : count(candidate.network());
      if (count > most) {
        most = count;
        chosen = candidate;
      }
    }
    return chosen;
  }

  /** Greets whom it may, and closes those whose time is over. */
  private void admit() {
    if (active == null) {
      admitNext();
    }
    if (active == null && candidates.stream().noneMatch(Candidate::isGreeted)) {
      owner.idle();
    }
  }

  private void admitNext() {
    long now = home.time();
    long next = Long.MAX_VALUE;
    for (Candidate candidate : List.copyOf(candidates)) {
      if (candidate.isGreeted()) {
        long left = candidate.greetedAt() + PROVISIONAL_NANOS - now;
        if (left <= 0) {
          candidate.end("opened no data connection in time");
          continue;
        }
        next = Math.min(next, left);
      } else {
        long wait = untilGreeting(candidate, now);
        if (wait <= 0) {
          greet(candidate, now);
          wait = PROVISIONAL_NANOS;
        }
        next = Math.min(next, wait);
      }
    }
    if (next != Long.MAX_VALUE) {
      home.schedule(timer, next);
    }
  }

  private void greet(Candidate candidate, long now) {
    try {
      candidate.greet(owner.greeting(), now);
    } catch (IOException e) {
      candidate.end(String.valueOf(e.getMessage()));
    }
  }

  private long untilGreeting(Candidate candidate, long now) {
    long wait = 0;
    for (Candidate other : candidates) {
      if (other.isGreeted() && other.ip().equals(candidate.ip())) {
        wait = Math.max(wait, other.greetedAt() + SPACING_NANOS - now);
      }
    }
    return wait;
  }

  /** Whose a data connection is that has just been accepted. */
  static final class Claim {
    private final Candidate candidate;
    private final long roundTrip;

    private Claim(Candidate candidate, long roundTrip) {
      this.candidate = candidate;
      this.roundTrip = roundTrip;
    }
  }

  /**
   * A data connection from this address has been accepted: it is the client's, or that of whoever
   * was greeted there last.
   *
   * @return for {@link #opened}; null when it is nobody's
   */
  Claim accepted(InetAddress ip) {
    if (active != null && !active.ip().equals(ip)) {
      return null;
    }
    Candidate candidate = active != null ? active : greetedLast(ip);
    // Greeting, SYN, SYN-ACK and ACK have crossed since: two round trips.
    return candidate == null
        ? null
        : new Claim(candidate, (home.time() - candidate.greetedAt()) / 2);
  }

  private Candidate greetedLast(InetAddress ip) {
    Candidate chosen = null;
    for (Candidate candidate : candidates) {
      boolean fits = candidate.isGreeted() && candidate.ip().equals(ip);
      if (fits && (chosen == null || candidate.greetedAt() - chosen.greetedAt() > 0)) {
        chosen = candidate;
      }
    }
    return chosen;
  }

  /**
   * A data connection is complete, with its TLS handshake if there is one: the first makes the
   * client of its candidate.
   *
   * @return false when it is nobody's any more
   */
  boolean opened(Claim claim) {
    Candidate chosen = claim.candidate;
    if (active != null) {
      return active == chosen;
    }
    if (!candidates.contains(chosen)) {
      return false;
    }
    active = chosen;
    for (Candidate other : List.copyOf(candidates)) {
      // A loser that was greeted would go on dialling: it has to come again and wait.
      if (other != chosen && other.isGreeted()) {
        other.end("another client came first");
      }
    }
    owner.connected(active.remote(), claim.roundTrip);
    return true;
  }

  /** Sends a line to the client; false when there is none. */
  boolean send(String line) {
    if (active != null) {
      active.send(line); // which may find that it is lost
    }
    return active != null;
  }

  /** Sends the health line to everyone who was greeted. */
  void sendHealth() {
    for (Candidate candidate : List.copyOf(candidates)) {
      if (candidate.isGreeted()) {
        candidate.send("\n");
      }
    }
  }

  /** Gives the client up, as if its control channel had failed. */
  void drop(String reason) {
    if (active != null) {
      active.end(reason);
    }
  }

  /** Closes all of them, without a word. */
  void close() {
    home.cancel(timer);
    active = null;
    candidates.forEach(Candidate::close);
    candidates.clear();
  }

  @Override
  public void hello(Candidate candidate, String line) {
    if (!owner.takesHello() || !candidates.contains(candidate)) {
      return;
    }
    Flow flow;
    try {
      flow = candidate.release();
    } catch (IOException e) {
      candidate.end(e.getMessage());
      return;
    }
    candidates.remove(candidate);
    boolean wasClient = candidate == active;
    active = wasClient ? null : active;
    owner.hello(flow, candidate.remote(), line, wasClient);
    admit();
  }

  @Override
  public void gone(Candidate candidate, String reason) {
    if (!candidates.remove(candidate)) {
      return;
    }
    if (active == candidate) {
      active = null;
      owner.lost(candidate.remote(), reason);
    } else {
      notices.refused("control connection from " + candidate + " closed: " + reason);
    }
    admit();
  }
}
