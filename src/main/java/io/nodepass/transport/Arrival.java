package io.nodepass.transport;

import io.nodepass.reactor.EventLoop;
import java.io.IOException;
import java.net.InetSocketAddress;

/**
 * A connection that was accepted and belongs to no event loop yet, so that whoever takes it can
 * choose one. May be passed between threads; used by one at a time.
 */
public interface Arrival {
  InetSocketAddress remote();

  /**
   * Makes it a flow of that loop, with no owner and no interest. On the loop's thread.
   *
   * @throws IOException when it has ended in the meantime
   */
  Flow bind(EventLoop loop) throws IOException;

  /** Refuses it; the peer sees an abort. */
  void abort();
}
