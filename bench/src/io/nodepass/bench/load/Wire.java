package io.nodepass.bench.load;

import java.nio.ByteBuffer;

/**
 * What the load generator and the target say to each other.
 *
 * <p>A connection whose first byte is {@link #UPLOAD} or {@link #DOWNLOAD} is a bulk connection:
 * the generator sends a {@link #hello}, the target answers {@link #READY}, then frames flow. An
 * upload is answered by one long: the bytes received, or {@code -1 - position} of the first wrong
 * byte. A download starts when the generator sends {@link #GO}. Any other first byte makes the
 * connection an echo, that byte included.
 *
 * <p>A frame is a long (the payload's length, at most {@link #FRAME}) and the payload. {@link #END}
 * in its place ends the stream and is followed by a long, the sum of all payloads. The end is thus
 * told in band, so that a tunnel without half-close can be measured too.
 */
public final class Wire {
  public static final byte UPLOAD = 1;
  public static final byte DOWNLOAD = 2;
  public static final byte ECHO = 'e';
  public static final byte READY = 'k';
  public static final byte GO = 'g';

  /** Longest payload of a frame, bytes. */
  public static final int FRAME = 1 << 20;

  public static final long END = -1;

  /** Bytes of a hello after its first. */
  public static final int HELLO_REST = 8;

  private Wire() {}

  /** The opening of a bulk connection: direction, where its pattern starts, how long it sends. */
  public static ByteBuffer hello(byte direction, int salt, int millis) {
    return ByteBuffer.allocate(1 + HELLO_REST).put(direction).putInt(salt).putInt(millis).flip();
  }
}
