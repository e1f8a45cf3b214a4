package io.nodepass.tunnel;

import io.nodepass.transport.Flow;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Gathers one line from a flow, and keeps what came behind it. For the flow's loop only; it holds
 * no buffer of the pool.
 */
final class FirstLine {
  private static final int NONE = -1;

  private final int foreign;
  private byte[] bytes = new byte[0];
  private int end = -1;

  FirstLine() {
    this(NONE);
  }

  /**
   * One that may turn out to be no line.
   *
   * @param foreign the first byte that tells so: what is read in one piece then may be longer
   */
  FirstLine(int foreign) {
    this.foreign = foreign;
  }

  /**
   * Reads what is there, once.
   *
   * @return whether the line is complete
   * @throws EOFException when the peer has ended the flow
   * @throws ProtocolException when the line is too long
   */
  boolean read(Flow flow) throws IOException {
    ByteBuffer buffer = flow.loop().buffers().acquireSmall();
    try {
      return append(flow.read(buffer), buffer);
    } finally {
      flow.loop().buffers().release(buffer);
    }
  }

  /**
   * Reads what is there, but nothing of what stands behind the line: that is left in the flow.
   *
   * @param shortest bytes that are read at once, with the line break: no line that anything follows
   *     has less
   * @return whether the line is complete
   * @throws EOFException when the peer has ended the flow
   * @throws ProtocolException when the line is too long
   */
  boolean readNoFurther(Flow flow, int shortest) throws IOException {
    ByteBuffer buffer = flow.loop().buffers().acquireSmall();
    try {
      while (end < 0) {
        buffer.clear().limit(Math.max(1, shortest - bytes.length));
        int n = flow.read(buffer);
        if (n == 0) {
          return false;
        }
        append(n, buffer);
      }
      return true;
    } finally {
      flow.loop().buffers().release(buffer);
    }
  }

  private boolean append(int n, ByteBuffer buffer) throws IOException {
    if (n < 0) {
      throw new EOFException(
          bytes.length == 0 ? "closed by the peer" : "closed by the peer in the middle of a line");
    }
    buffer.flip();
    int before = bytes.length;
    bytes = Arrays.copyOf(bytes, before + n);
    buffer.get(bytes, before, n);
    return (n == 0 || firstByte() != foreign) && find(before);
  }

  private boolean find(int from) throws ProtocolException {
    for (int i = from; i < bytes.length && end < 0; i++) {
      if (bytes[i] == '\n') {
        end = i;
      }
    }
    if (end > SessionLine.MAX_LENGTH || (end < 0 && bytes.length > SessionLine.MAX_LENGTH)) {
      throw new ProtocolException("sent a line of more than " + SessionLine.MAX_LENGTH + " bytes");
    }
    return end >= 0;
  }

  /** Whether not a byte has come yet. */
  boolean isEmpty() {
    return bytes.length == 0;
  }

  /** The first byte; there must be one. */
  int firstByte() {
    return bytes[0] & 0xff;
  }

  /** Everything that has come, the line included. */
  ByteBuffer everything() {
    return ByteBuffer.wrap(bytes);
  }

  /** The complete line without its line break. */
  String text() {
    return new String(bytes, 0, end, StandardCharsets.ISO_8859_1);
  }

  /** What came behind the complete line; empty when nothing did. */
  ByteBuffer rest() {
    return ByteBuffer.wrap(bytes, end + 1, bytes.length - end - 1);
  }
}
