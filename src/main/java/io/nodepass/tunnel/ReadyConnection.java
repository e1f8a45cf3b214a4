package io.nodepass.tunnel;

import io.nodepass.transport.Flow;
import io.nodepass.transport.FlowOwner;
import io.nodepass.transport.tls.PeerEndedException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import javax.net.ssl.SSLException;

/**
 * A data connection on the server that has been named and waits to be used. It is watched all the
 * time: a client says nothing before its connection is used, so anything that can be read means
 * that it has died or is not one of ours. For the home loop only.
 */
final class ReadyConnection implements FlowOwner {
  /** The JDK's own words, whatever the system's language. */
  private static final String RESET = "Connection reset";

  private final String id;
  private final long ripeAt;
  private final Flow flow;
  private final Watcher watcher;
  private boolean over;

  /** Whoever keeps it. */
  @FunctionalInterface
  interface Watcher {
    /**
     * It has ended without having been used.
     *
     * @param gone whether its peer cannot be reached any more, rather than having ended it
     */
    void died(ReadyConnection connection, String reason, boolean gone);
  }

  private ReadyConnection(String id, long ripeAt, Flow flow, Watcher watcher) {
    this.id = id;
    this.ripeAt = ripeAt;
    this.flow = flow;
    this.watcher = watcher;
  }

  /**
   * Takes an accepted connection and writes its id, in one write as the original requires.
   *
   * @param holdNanos how long it rests before it can be used
   * @throws IOException when it has ended already
   */
  static ReadyConnection open(Flow flow, String id, long holdNanos, Watcher watcher)
      throws IOException {
    try {
      ByteBuffer name = ByteBuffer.wrap(id.getBytes(StandardCharsets.US_ASCII));
      flow.write(name);
      if (name.hasRemaining()) {
        throw new IOException("did not take its id");
      }
    } catch (IOException e) {
      flow.abort(e);
      throw e;
    }
    return watch(flow, id, flow.loop().time() + holdNanos, watcher);
  }

  /** Takes one that knows already that it is to wait. */
  static ReadyConnection watch(Flow flow, String id, long ripeAt, Watcher watcher) {
    ReadyConnection connection = new ReadyConnection(id, ripeAt, flow, watcher);
    flow.attach(connection);
    flow.interest(Flow.READ);
    return connection;
  }

  String id() {
    return id;
  }

  /** From when on it can be used, as of the home loop's clock. */
  long ripeAt() {
    return ripeAt;
  }

  @Override
  public void ready(Flow flow, int ops) throws IOException {
    listen();
  }

  /** Throws when anything can be read. */
  private void listen() throws IOException {
    ByteBuffer scratch = flow.loop().buffers().acquireSmall();
    try {
      int n = flow.read(scratch);
      if (n != 0) {
        throw new ProtocolException(n < 0 ? "closed by the peer" : "sent bytes before it was used");
      }
    } finally {
      flow.loop().buffers().release(scratch);
    }
  }

  @Override
  public void failed(Flow flow, Throwable cause) {
    if (!over) {
      over = true;
      flow.abort(cause);
      String reason = String.valueOf(cause.getMessage());
      // Nothing is written on it but what TLS answers, so what is none of these is the
      // keep-alive's word. Not by its text, which is the system's and may be in any language.
      boolean ended =
          cause instanceof ProtocolException
              || cause instanceof PeerEndedException
              || cause instanceof SSLException
              || reason.equals(RESET);
      watcher.died(this, reason, !ended);
    }
  }

  /**
   * Gives the flow away to be used, after one last look whether it lives.
   *
   * @return null when it has died; the watcher has been told then
   */
  Flow take() {
    try {
      listen();
    } catch (IOException e) {
      failed(flow, e);
      return null;
    }
    over = true;
    flow.interest(0);
    return flow;
  }

  /** Ends it unused; the watcher is not told. */
  void discard() {
    if (over) {
      return;
    }
    over = true;
    flow.closeOrAbort();
  }
}
