package io.nodepass.testkit;

import io.nodepass.transport.Flow;
import io.nodepass.transport.FlowOwner;
import java.io.IOException;

/** An owner that counts what it is told and takes nothing. On the loop's thread. */
public final class FlowWatcher implements FlowOwner {
  private int reads;
  private int writes;
  private IOException toThrow;
  private Throwable failure;

  /** From now on it throws this whenever it is told of readiness. */
  public void fail(IOException toThrow) {
    this.toThrow = toThrow;
  }

  @Override
  public void ready(Flow flow, int ops) throws IOException {
    reads += (ops & Flow.READ) != 0 ? 1 : 0;
    writes += (ops & Flow.WRITE) != 0 ? 1 : 0;
    if (toThrow != null) {
      throw toThrow;
    }
  }

  @Override
  public void failed(Flow flow, Throwable cause) {
    failure = cause;
    flow.abort(cause);
  }

  /** How often it was told that there is something to read. */
  public int reads() {
    return reads;
  }

  /** How often it was told that there is room to write. */
  public int writes() {
    return writes;
  }

  /** What the flow failed with, or null. */
  public Throwable failure() {
    return failure;
  }
}
