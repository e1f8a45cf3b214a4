package io.nodepass.transport;

import io.nodepass.reactor.EventLoop;
import java.io.IOException;
import java.net.InetSocketAddress;

/** Opens flows towards an address. */
public interface Dialer {
  /**
   * Starts dialling and returns at once. The callback is called exactly once, on the loop's thread,
   * unless the dial is cancelled first; it may be called before this returns. To be called on the
   * loop's thread.
   *
   * @param address may be unresolved: its name is looked up then, off the loop, and every address
   *     that it has is tried
   * @param timeoutNanos for everything together
   */
  Dial dial(EventLoop loop, InetSocketAddress address, long timeoutNanos, Callback callback);

  /** A dial under way. */
  interface Dial {
    /** Gives up; the callback will not be called. On the loop's thread. */
    void cancel();
  }

  /** How a dial ended. */
  interface Callback {
    /** The flow has no owner and no interest yet. */
    void connected(Flow flow);

    /** The message names the address and what went wrong. */
    void failed(IOException cause);
  }
}
