package io.nodepass.tunnel;

import io.nodepass.buffer.BufferPool;
import io.nodepass.transport.Flow;
import io.nodepass.transport.FlowOwner;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A user's flow of a session between its signal and the dial of the target. While it waits for room
 * what the user says is read ahead, up to a limit, because only so is it noticed when he gives up.
 * For the home loop only.
 */
final class SignalledFlow implements LaunchCandidate, FlowOwner {
  private final Flow flow;
  private final TargetLauncher launcher;
  private ByteBuffer early;
  private boolean over;

  /**
   * Takes the flow over; it has no interest.
   *
   * @param early bytes that came behind the signal, on the heap; null when none did
   */
  SignalledFlow(Flow flow, ByteBuffer early, TargetLauncher launcher) {
    this.flow = flow;
    this.early = early;
    this.launcher = launcher;
  }

  @Override
  public void keep() {
    flow.attach(this);
    flow.interest(Flow.READ);
  }

  @Override
  public void ready(Flow flow, int ops) throws IOException {
    if (over) {
      return;
    }
    ByteBuffer buffer = flow.loop().buffers().acquireSmall();
    try {
      int kept = early == null ? 0 : early.remaining();
      buffer.limit(Math.max(0, Math.min(buffer.limit(), BufferPool.SMALL - kept)));
      int n = flow.read(buffer);
      if (n > 0) {
        early = joined(early, buffer.flip());
      }
      if (n < 0 || kept + n >= BufferPool.SMALL) {
        flow.interest(0); // an end is left for the relay to find again
      }
    } finally {
      flow.loop().buffers().release(buffer);
    }
  }

  private static ByteBuffer joined(ByteBuffer first, ByteBuffer second) {
    int size = (first == null ? 0 : first.remaining()) + second.remaining();
    ByteBuffer joined = ByteBuffer.allocate(size);
    if (first != null) {
      joined.put(first);
    }
    return joined.put(second).flip();
  }

  @Override
  public void failed(Flow flow, Throwable cause) {
    if (!over) {
      over = true;
      flow.abort(cause);
      launcher.gone(this);
    }
  }

  @Override
  public Flow take() {
    if (over) {
      return null;
    }
    over = true;
    flow.interest(0);
    return flow;
  }

  @Override
  public ByteBuffer takeEarly() {
    ByteBuffer bytes = early;
    early = null;
    return bytes;
  }

  @Override
  public void discard(IOException cause) {
    over = true;
    flow.abort(cause);
  }
}
