package io.nodepass.bench.load;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;

/** Reads frames of the pattern from a blocking channel and compares every byte. */
public final class PatternReceiver {
  private final ReadableByteChannel channel;
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(Pattern.REACH).flip();
  private long received;

  public PatternReceiver(ReadableByteChannel channel) {
    this.channel = channel;
  }

  /**
   * Reads to the end mark.
   *
   * @return the sum of the payloads, bytes
   * @throws WrongBytesException when a byte, a length or the sum is not what was sent
   * @throws EOFException when the stream ends before its end mark
   */
  public long receive(int salt) throws IOException {
    for (long header = nextLong(); header != Wire.END; header = nextLong()) {
      if (header <= 0 || header > Wire.FRAME) {
        throw new WrongBytesException("frame length " + header, received);
      }
      compare(salt, header);
    }
    long sum = nextLong();
    if (sum != received) {
      throw new WrongBytesException("sum " + sum, received);
    }
    return received;
  }

  private void compare(int salt, long length) throws IOException {
    for (long left = length; left > 0; ) {
      if (!buffer.hasRemaining()) {
        fill();
      }
      int size = (int) Math.min(left, buffer.remaining());
      int limit = buffer.limit();
      buffer.limit(buffer.position() + size);
      int wrong = buffer.mismatch(Pattern.at(salt + received, size));
      if (wrong >= 0) {
        throw new WrongBytesException("payload", received + wrong);
      }
      buffer.position(buffer.limit()).limit(limit);
      received += size;
      left -= size;
    }
  }

  private long nextLong() throws IOException {
    while (buffer.remaining() < Long.BYTES) {
      fill();
    }
    return buffer.getLong();
  }

  private void fill() throws IOException {
    buffer.compact();
    int read = channel.read(buffer);
    buffer.flip();
    if (read < 0) {
      throw new EOFException("stream ended after " + received + " bytes");
    }
  }
}
