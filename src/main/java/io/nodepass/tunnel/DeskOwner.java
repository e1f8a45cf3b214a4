package io.nodepass.tunnel;

import io.nodepass.transport.Flow;
import java.io.IOException;
import java.net.InetSocketAddress;

/** Whom a {@link ControlDesk} works for. */
interface DeskOwner {
  /**
   * The first line for a client.
   *
   * @throws IOException when nobody can be served
   */
  String greeting() throws IOException;

  /** Whether a client may turn out to speak the session dialect. */
  boolean takesHello();

  /**
   * One of them speaks the session dialect, and is none of this desk's any more.
   *
   * @param wasClient whether it had shown itself to be the client
   */
  void hello(Flow flow, InetSocketAddress remote, String line, boolean wasClient);

  /** Nobody who was greeted is left. */
  void idle();

  /** A client has shown itself; {@code roundTripNanos} is a guess from how long that took. */
  void connected(InetSocketAddress client, long roundTripNanos);

  void lost(InetSocketAddress client, String reason);
}
