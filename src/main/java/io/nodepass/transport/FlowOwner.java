package io.nodepass.transport;

import java.io.IOException;

/** Whoever a {@link Flow} belongs to at the moment: control channel, pool or relay. */
public interface FlowOwner {
  /**
   * The flow is ready for {@code ops}, a subset of its interest.
   *
   * @throws IOException is handed to {@link #failed}
   */
  void ready(Flow flow, int ops) throws IOException;

  /**
   * {@link #ready} threw this, or the flow itself has found that the peer aborted it; the owner
   * aborts the flow and whatever hangs on it.
   */
  void failed(Flow flow, Throwable cause);
}
