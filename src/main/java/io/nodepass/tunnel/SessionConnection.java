package io.nodepass.tunnel;

import io.nodepass.transport.Flow;

/** A data connection of a session, from its answer to its end. For the home loop only. */
abstract class SessionConnection {
  private long restsSince;

  /** Whose it is. */
  interface Owner {
    /** It can be used, for the first time or again. */
    void ready(SessionConnection connection);

    /** It has ended while it was ready. */
    void died(SessionConnection connection, String reason);
  }

  /** It is ready, from that time of the home loop's clock on. */
  void rest(long now) {
    restsSince = now;
  }

  long restsSince() {
    return restsSince;
  }

  /** Watches it from now on, and tells the owner that it is ready. */
  abstract void begin();

  /**
   * Signals a user on it.
   *
   * @return the user's flow, with no owner and no interest; null when the connection has died, and
   *     is closed
   */
  abstract Flow use(SessionLine signal);

  /** Ends it unused; the owner is not told. */
  abstract void discard();
}
