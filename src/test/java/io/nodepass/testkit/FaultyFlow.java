package io.nodepass.testkit;

import io.nodepass.transport.Flow;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Fails at one operation and at all that follow; reads, writes and half-closes count. */
public final class FaultyFlow extends ForwardingFlow {
  private int left;

  /**
   * @param operation the first that fails, counted from 0
   */
  public FaultyFlow(Flow inner, int operation) {
    super(inner);
    this.left = operation;
  }

  @Override
  public int read(ByteBuffer buffer) throws IOException {
    count();
    return inner().read(buffer);
  }

  @Override
  public int write(ByteBuffer buffer) throws IOException {
    count();
    return inner().write(buffer);
  }

  @Override
  public void shutdownOutput() throws IOException {
    count();
    inner().shutdownOutput();
  }

  private void count() throws IOException {
    if (left-- <= 0) {
      left = 0;
      throw new IOException("fault");
    }
  }
}
