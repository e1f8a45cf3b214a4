package io.nodepass.tunnel;

import io.nodepass.transport.Farewell;
import io.nodepass.transport.Flow;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The connections to the tunnel port of which it is not known yet what they are, or who, and those
 * that are being told why they are turned away: so many at most in all, and a quarter of that of
 * each network. When one more comes, one of its network makes room, or of the network that has
 * most: the oldest of those that are turned away, else the oldest of the kind of which that network
 * has most. So whoever wants to push out others of his network who get further than he does has to
 * get as far himself. For one thread.
 */
final class Unplaced {
  /** When this many are there, they are what takes up the descriptors. */
  static final int CROWD = 16;

  private static final int MOST_SHED = 64;
  private static final int PART_OF_NETWORK = 4;

  private final int most;
  private final int mostOfNetwork;
  private final Map<InetAddress, Set<Guest>> networks = new LinkedHashMap<>();
  private int count;

  /** How far one of them has got. */
  enum Kind {
    TURNED_AWAY,
    SILENT,
    SPEAKING,
    IN_TLS,
    HELLO_SAID,
    CHALLENGED
  }

  /** One of them. */
  interface Guest {
    /** As {@link io.nodepass.transport.Addresses#network} has it. */
    InetAddress network();

    Kind kind();

    /** Has to be aborted; it has left already. */
    void giveWay(String reason);
  }

  /** So many at most in all. */
  Unplaced(int most) {
    this.most = most;
    this.mostOfNetwork = most / PART_OF_NETWORK;
  }

  /** Counts it from now on, until {@link #leave}. */
  void enter(Guest guest) {
    Set<Guest> own = networks.get(guest.network());
    if (own != null && own.size() >= mostOfNetwork) {
      evictFrom(own);
    } else if (count >= most) {
      evictFrom(mostCrowded());
    }
    networks.computeIfAbsent(guest.network(), network -> new LinkedHashSet<>()).add(guest);
    count++;
  }

  private Set<Guest> mostCrowded() {
    Set<Guest> chosen = Set.of();
    for (Set<Guest> network : networks.values()) {
      chosen = network.size() > chosen.size() ? network : chosen;
    }
    return chosen;
  }

  private void evictFrom(Set<Guest> guests) {
    Kind kind = mostCommon(guests);
    for (Guest guest : guests) {
      if (guest.kind() == kind) {
        leave(guest);
        guest.giveWay("too many connections that have not said what they are");
        return;
      }
    }
  }

  private static Kind mostCommon(Set<Guest> guests) {
    Map<Kind, Integer> counts = new EnumMap<>(Kind.class);
    Kind chosen = Kind.TURNED_AWAY;
    int largest = 0;
    for (Guest guest : guests) {
      Kind kind = guest.kind();
      if (kind == Kind.TURNED_AWAY) {
        return kind;
      }
      int size = counts.merge(kind, 1, Integer::sum);
      if (size > largest) {
        largest = size;
        chosen = kind;
      }
    }
    return chosen;
  }

  /** Counts it no more; no effect when it does not count. */
  void leave(Guest guest) {
    Set<Guest> own = networks.get(guest.network());
    if (own != null && own.remove(guest)) {
      count--;
      if (own.isEmpty()) {
        networks.remove(guest.network());
      }
    }
  }

  /** Tells a peer why it is turned away; its connection counts until it is closed. */
  void turnAway(Flow flow, InetAddress network, ByteBuffer last) {
    Guest leaving =
        new Guest() {
          @Override
          public InetAddress network() {
            return network;
          }

          @Override
          public Kind kind() {
            return Kind.TURNED_AWAY;
          }

          @Override
          public void giveWay(String reason) {
            flow.abort(null);
          }
        };
    enter(leaving);
    Farewell.begin(flow, last, ControlChannel.FAREWELL_NANOS, () -> leave(leaving));
  }

  /**
   * Has half of a crowd give way, or as many as are accepted at a time, because no descriptor is
   * left.
   *
   * @return false when there is no crowd
   */
  boolean shed() {
    if (count < CROWD) {
      return false;
    }
    for (int left = Math.min(count / 2, MOST_SHED); left > 0; left--) {
      evictFrom(mostCrowded());
    }
    return true;
  }

  /** Has all of them give way. */
  void clear(String reason) {
    for (Set<Guest> network : List.copyOf(networks.values())) {
      for (Guest guest : List.copyOf(network)) {
        leave(guest);
        guest.giveWay(reason);
      }
    }
  }
}
