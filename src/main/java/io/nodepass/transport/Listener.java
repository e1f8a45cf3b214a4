package io.nodepass.transport;

import java.net.InetSocketAddress;

/**
 * Accepts connections and hands them on. All methods are for the thread of the loop it was opened
 * on, except {@link #address}.
 */
public interface Listener extends AutoCloseable {
  /** Where it really listens; the port is never 0. Any thread. */
  InetSocketAddress address();

  /** While paused, new connections wait in the system's accept queue. */
  void pause(boolean paused);

  /** Stops listening. Connections that still wait in the accept queue are aborted by the system. */
  @Override
  void close();

  /** Told of each connection, on the loop's thread. */
  @FunctionalInterface
  interface Acceptor {
    void accepted(Arrival arrival);

    /** Accepting failed, as it does when there are no descriptors left; it rests for a moment. */
    default void failed() {}
  }
}
