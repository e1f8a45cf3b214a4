package io.nodepass.testkit;

import io.nodepass.transport.Flow;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Reads and writes at most so many bytes per call. */
public final class ChunkedFlow extends ForwardingFlow {
  private final int most;

  public ChunkedFlow(Flow inner, int most) {
    super(inner);
    this.most = most;
  }

  @Override
  public int read(ByteBuffer buffer) throws IOException {
    int limit = narrow(buffer);
    try {
      return inner().read(buffer);
    } finally {
      buffer.limit(limit);
    }
  }

  @Override
  public int write(ByteBuffer buffer) throws IOException {
    int limit = narrow(buffer);
    try {
      return inner().write(buffer);
    } finally {
      buffer.limit(limit);
    }
  }

  private int narrow(ByteBuffer buffer) {
    int limit = buffer.limit();
    buffer.limit(buffer.position() + Math.min(buffer.remaining(), most));
    return limit;
  }
}
