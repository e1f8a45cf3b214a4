package io.nodepass.tunnel;

import io.nodepass.reactor.EventLoop;
import io.nodepass.reactor.Timer;
import io.nodepass.transport.Addresses;
import io.nodepass.transport.Arrival;
import io.nodepass.transport.Flow;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
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
final class ControlDesk {
  static final long PROVISIONAL_NANOS = TimeUnit.SECONDS.toNanos(10);
  static final long SPACING_NANOS = TimeUnit.SECONDS.toNanos(1);
  static final int MOST_PER_NETWORK = 8;
  static final int MOST = 64;

  private final EventLoop home;
  private final Notices notices;
  private final Owner owner;
  private final Timer timer;
  private final List<Candidate> candidates = new ArrayList<>();
  private Candidate active;

  /** The tunnel that the desk works for. */
  interface Owner {
    String greeting();

    /** A client has shown itself; {@code roundTripNanos} is a guess from how long that took. */
    void connected(InetSocketAddress client, long roundTripNanos);

    void lost(InetSocketAddress client, String reason);
  }

  ControlDesk(EventLoop home, Notices notices, Owner owner) {
    this.home = home;
    this.notices = notices;
    this.owner = owner;
    this.timer = new Timer(this::admit);
  }

  boolean isConnected() {
    return active != null;
  }

  /** A connection to the tunnel port. */
  void arrived(Arrival arrival) {
    InetSocketAddress remote = arrival.remote();
    InetAddress network = network(remote.getAddress());
    if (count(network) >= MOST_PER_NETWORK) {
      arrival.abort();
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
    try {
      Candidate candidate = new Candidate(remote, arrival.bind(home));
      candidates.add(candidate);
      candidate.channel.open();
      admit();
    } catch (IOException e) {
      notices.refused(
          "control connection from " + Addresses.text(remote) + " failed: " + e.getMessage());
    }
  }

  /**
   * Who can have as many addresses as they like: an IPv4 address, or an IPv6 network of 64 bits.
   */
  static InetAddress network(InetAddress ip) {
    byte[] bytes = ip.getAddress();
    if (bytes.length == 16) {
      Arrays.fill(bytes, 8, 16, (byte) 0);
    }
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new AssertionError("an address has 4 or 16 bytes", e);
    }
  }

  private int count(InetAddress network) {
    int count = 0;
    for (Candidate candidate : candidates) {
      count += candidate.network.equals(network) ? 1 : 0;
    }
    return count;
  }

  /** The longest waiting one of the network that has most; never the client. */
  private Candidate mostCrowded() {
    Candidate chosen = null;
    int most = 0;
    for (Candidate candidate : candidates) {
      int count = candidate == active ? 0 : count(candidate.network);
      if (count > most) {
        most = count;
        chosen = candidate;
      }
    }
    return chosen;
  }

  /** Greets whom it may, and closes those whose time is over. */
  private void admit() {
    if (active != null) {
      return;
    }
    long now = home.time();
    long next = Long.MAX_VALUE;
    for (Candidate candidate : List.copyOf(candidates)) {
      if (candidate.greeted) {
        long left = candidate.greetedAt + PROVISIONAL_NANOS - now;
        if (left <= 0) {
          candidate.end("opened no data connection in time");
          continue;
        }
        next = Math.min(next, left);
      } else {
        long wait = untilGreeting(candidate, now);
        if (wait <= 0) {
          candidate.greet(now);
          wait = PROVISIONAL_NANOS;
        }
        next = Math.min(next, wait);
      }
    }
    if (next != Long.MAX_VALUE) {
      home.schedule(timer, next);
    }
  }

  private long untilGreeting(Candidate candidate, long now) {
    long wait = 0;
    for (Candidate other : candidates) {
      if (other.greeted && other.ip().equals(candidate.ip())) {
        wait = Math.max(wait, other.greetedAt + SPACING_NANOS - now);
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
    return candidate == null ? null : new Claim(candidate, (home.time() - candidate.greetedAt) / 2);
  }

  private Candidate greetedLast(InetAddress ip) {
    Candidate chosen = null;
    for (Candidate candidate : candidates) {
      boolean fits = candidate.greeted && candidate.ip().equals(ip);
      if (fits && (chosen == null || candidate.greetedAt - chosen.greetedAt > 0)) {
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
      if (other != chosen && other.greeted) {
        other.end("another client came first");
      }
    }
    owner.connected(active.remote, claim.roundTrip);
    return true;
  }

  /** Sends a line to the client; false when there is none. */
  boolean send(String line) {
    if (active != null) {
      active.channel.send(line); // which may find that it is lost
    }
    return active != null;
  }

  /** Sends the health line to everyone who was greeted. */
  void sendHealth() {
    for (Candidate candidate : List.copyOf(candidates)) {
      if (candidate.greeted) {
        candidate.channel.send("\n");
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
    candidates.forEach(candidate -> candidate.channel.close());
    candidates.clear();
  }

  /** One control connection. */
  private final class Candidate implements ControlChannel.Listener {
    private final InetSocketAddress remote;
    private final InetAddress network;
    private final ControlChannel channel;
    private boolean greeted;
    private long greetedAt;

    Candidate(InetSocketAddress remote, Flow flow) {
      this.remote = remote;
      this.network = network(remote.getAddress());
      this.channel = new ControlChannel(flow, this);
    }

    InetAddress ip() {
      return remote.getAddress();
    }

    void greet(long now) {
      greeted = true;
      greetedAt = now;
      channel.send(owner.greeting());
    }

    @Override
    public void line(String line) throws ProtocolException {
      throw new ProtocolException("spoke, which no client does");
    }

    @Override
    public void lost(String reason) {
      gone(reason);
    }

    void end(String reason) {
      channel.close();
      gone(reason);
    }

    private void gone(String reason) {
      if (!candidates.remove(this)) {
        return;
      }
      if (active == this) {
        active = null;
        owner.lost(remote, reason);
      } else {
        notices.refused("control connection from " + Addresses.text(remote) + " closed: " + reason);
      }
      admit();
    }
  }
}
