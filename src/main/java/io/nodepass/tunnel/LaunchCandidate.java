package io.nodepass.tunnel;

import io.nodepass.transport.Flow;
import java.io.IOException;
import java.nio.ByteBuffer;

/** A flow with a user at its other end, from its signal until it is used. For the home loop. */
interface LaunchCandidate {
  /** It has to wait for room: nothing that comes on it makes it expire any more. */
  void keep();

  /**
   * Gives the flow away; {@link #takeEarly} goes with it.
   *
   * @return null when it has died
   */
  Flow take();

  /**
   * Bytes that have been read from the flow; null when there are none. In a buffer of the home
   * loop's pool or in one of the heap, which can go anywhere.
   */
  ByteBuffer takeEarly();

  /** Ends it unused. */
  void discard(IOException cause);
}
