package io.nodepass.tunnel;

import io.nodepass.transport.Flow;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/** Cuts what a flow sends into lines of bounded length; holds nothing but an unfinished line. */
final class LineReader {
  private final Flow flow;
  private final byte[] line = new byte[ControlLine.MAX_LENGTH];
  private int length;

  LineReader(Flow flow) {
    this.flow = flow;
  }

  /**
   * Reads what is there, once, and hands over each line without its line break.
   *
   * @throws EOFException when the peer has ended the flow
   * @throws ProtocolException when a line is too long
   */
  void read(Consumer<String> lines) throws IOException {
    ByteBuffer buffer = flow.loop().buffers().acquireSmall();
    try {
      int n = flow.read(buffer);
      if (n < 0) {
        throw new EOFException(
            length == 0 ? "closed by the peer" : "closed by the peer in the middle of a line");
      }
      buffer.flip();
      while (buffer.hasRemaining()) {
        take(buffer.get(), lines);
      }
    } finally {
      flow.loop().buffers().release(buffer);
    }
  }

  /** Whether no part of a line waits for its rest. */
  boolean isEmpty() {
    return length == 0;
  }

  private void take(byte b, Consumer<String> lines) throws ProtocolException {
    if (b == '\n') {
      String text = new String(line, 0, length, StandardCharsets.ISO_8859_1);
      length = 0;
      lines.accept(text);
    } else if (length == line.length) {
      throw new ProtocolException("sent a line of more than " + line.length + " bytes");
    } else {
      line[length++] = b;
    }
  }
}
