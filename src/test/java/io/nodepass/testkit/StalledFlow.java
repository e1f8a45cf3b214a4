package io.nodepass.testkit;

import io.nodepass.transport.Flow;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Accepts nothing while it is stalled, which it is at first; reading is not affected. */
public final class StalledFlow extends ForwardingFlow {
  private boolean stalled = true;
  private int wanted;

  public StalledFlow(Flow inner) {
    super(inner);
  }

  public void stall() {
    stalled = true;
    interest(wanted);
  }

  public void release() {
    stalled = false;
    interest(wanted);
  }

  @Override
  public int write(ByteBuffer buffer) throws IOException {
    return stalled ? 0 : inner().write(buffer);
  }

  @Override
  public void interest(int ops) {
    wanted = ops;
    inner().interest(stalled ? ops & ~WRITE : ops);
  }

  @Override
  public int interest() {
    return wanted;
  }
}
