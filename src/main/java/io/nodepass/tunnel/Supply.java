package io.nodepass.tunnel;

import io.nodepass.transport.Flow;
import java.net.InetAddress;
import java.net.SocketAddress;

/** Where the users' connections come from. For the home loop only. */
interface Supply {
  /** Whether there is a client. */
  boolean isConnected();

  /**
   * Takes a connection for a user, and has told the client so.
   *
   * @param user who it is, for the client's log
   * @return null when none is ready
   */
  Given take(SocketAddress user);

  /** Nanoseconds until one that rests can be taken; {@code Long.MAX_VALUE} when there is none. */
  long untilRipe();

  /** So many users wait; 0 when nobody does any more. */
  void wanted(int waiting);

  /**
   * A connection for a user.
   *
   * @param flow of the home loop, with no owner and no interest
   * @param over to be run when the user's connection has ended, on any thread
   */
  record Given(Flow flow, Runnable over) {}

  /** Whom it keeps supplied. */
  interface Owner {
    /**
     * No more connections are to be kept ready.
     *
     * @param coming how many are not ready yet, but count
     */
    boolean isFull(int coming);

    /** How many of so many sessions each may keep ready although it is full; at least one. */
    int share(int sessions);

    /** There may be something to take. */
    void stocked();

    /** A client has gone. */
    void clientLost();

    /** A client is connected from another address than this one. */
    boolean hasClientElsewhere(InetAddress ip);

    /** Users who wait hold the descriptors that data connections need: some have to go. */
    void outOfDescriptors();
  }
}
