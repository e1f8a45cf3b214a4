package io.nodepass.transport;

import io.nodepass.reactor.EventLoop;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.ByteChannel;
import java.nio.channels.GatheringByteChannel;
import java.nio.channels.SelectionKey;

/**
 * Ordered bytes both ways, confined to one event loop: nothing here blocks, and every method is for
 * that loop's thread. A flow that waits for its use can be handed to another loop; one that is in
 * use stays where it is.
 *
 * <ul>
 *   <li>{@code read} gives 0 when nothing is there, -1 once the peer has ended its side. After -1
 *       it gives -1 again. When the peer has aborted since, either it throws, or asking has the
 *       owner told by {@link FlowOwner#failed} within the next turns.
 *   <li>{@code write} gives what was accepted, which may be less than what was offered. Accepted
 *       bytes are delivered in order, or the flow is aborted.
 *   <li>An {@link IOException} from either is an abort, never an end. The flow is to be aborted
 *       then.
 *   <li>{@code close} gives the flow up: what was accepted is still delivered. It is for a flow
 *       that both sides have ended, or of which the peer expects nothing more; a peer that still
 *       sends sees an abort.
 * </ul>
 */
public interface Flow extends ByteChannel, GatheringByteChannel {
  int READ = SelectionKey.OP_READ;
  int WRITE = SelectionKey.OP_WRITE;

  EventLoop loop();

  /**
   * Leaves its loop: it has no owner and no interest then, and nothing but {@link #join} and {@link
   * #abort} may be called. It may be passed to another thread.
   */
  void leave();

  /**
   * Becomes a flow of that loop, another than the one it has left, on that loop's thread.
   *
   * @throws IOException when it was closed in the meantime
   */
  void join(EventLoop loop) throws IOException;

  /**
   * Hands the flow to a new owner, who is told of readiness from now on. Interest stays as it is.
   */
  void attach(FlowOwner owner);

  /**
   * Sets which readiness the owner wants to be told of: {@link #READ}, {@link #WRITE}, both or 0.
   * Level-triggered: it is told again, at every turn, for as long as the readiness lasts.
   */
  void interest(int ops);

  /** Adds to and takes from the interest. */
  default void interest(int add, int remove) {
    interest((interest() | add) & ~remove);
  }

  /** The interest set last. */
  int interest();

  /**
   * Whether the last read stopped for want of room although it has left some, as it does where not
   * everything that was read is the reader's. Reading again may give more then.
   */
  default boolean mayHaveMore() {
    return false;
  }

  /** How many bytes are best written at once, if it matters; a large number if not. */
  default int bestWrite() {
    return Integer.MAX_VALUE;
  }

  /** Ends our side once everything accepted so far has been delivered: a half-close. */
  void shutdownOutput() throws IOException;

  /**
   * Ends both sides at once, so that the peer sees an abort and not an end. Idempotent; never
   * throws.
   *
   * @param cause why, for the log; null when there is nothing to say
   */
  void abort(Throwable cause);

  /** Closes it, or aborts it when that fails. Never throws. */
  default void closeOrAbort() {
    try {
      close();
    } catch (IOException e) {
      abort(e);
    }
  }

  /** The peer's address, as it may be shown in a log line. */
  SocketAddress remote();
}
