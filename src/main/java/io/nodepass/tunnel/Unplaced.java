package io.nodepass.tunnel;

import java.net.InetAddress;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The connections to the tunnel port of which it is not known yet what they are, or who: so many at
 * most in all and of each network. When one more comes, the oldest silent one of its network makes
 * room, or of the network that has most; if none is silent there, the oldest one. For one thread.
 */
final class Unplaced {
  static final int MOST_OF_NETWORK = 128;
  static final int MOST = 512;

  private final Map<InetAddress, Set<Guest>> networks = new LinkedHashMap<>();
  private int count;

  /** One of them. */
  interface Guest {
    /** As {@link io.nodepass.transport.Addresses#network} has it. */
    InetAddress network();

    /** Not a byte has come from it. */
    boolean isSilent();

    /** Has to be aborted; it has left already. */
    void giveWay(String reason);
  }

  /** Counts it from now on, until {@link #leave}. */
  void enter(Guest guest) {
    Set<Guest> own = networks.get(guest.network());
    if (own != null && own.size() >= MOST_OF_NETWORK) {
      evictFrom(own);
    } else if (count >= MOST) {
      evictFrom(mostCrowded());
    }
    networks.computeIfAbsent(guest.network(), network -> new LinkedHashSet<>()).add(guest);
    count++;
  }

  private Set<Guest> mostCrowded() {
    Set<Guest> most = Set.of();
    for (Set<Guest> network : networks.values()) {
      most = network.size() > most.size() ? network : most;
    }
    return most;
  }

  private void evictFrom(Set<Guest> guests) {
    Iterator<Guest> oldest = guests.iterator();
    Guest chosen = oldest.next();
    for (Guest guest = chosen; !guest.isSilent() && oldest.hasNext(); ) {
      guest = oldest.next();
      chosen = guest.isSilent() ? guest : chosen;
    }
    leave(chosen);
    chosen.giveWay("too many connections that have not said what they are");
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
