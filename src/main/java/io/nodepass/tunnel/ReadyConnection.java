package io.nodepass.tunnel;

import io.nodepass.reactor.EventLoop;
import io.nodepass.transport.Arrival;
import io.nodepass.transport.Flow;
import io.nodepass.transport.FlowOwner;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * A data connection on the server that has been named and waits to be used. It is watched all the
 * time: a client says nothing before its connection is used, so anything that can be read means
 * that it has died or is not one of ours.
 *
 * <p>Everything but {@link #id}, {@link #loop} and {@link #ripeAt} is for its own loop.
 */
final class ReadyConnection implements FlowOwner {
  private final String id;
  private final EventLoop loop;
  private final Watcher watcher;
  // Written and read by the home loop only.
  long ripeAt;
  private Flow flow;
  private boolean dead;

  /** Told on the connection's own loop. */
  interface Watcher {
    void named(ReadyConnection connection);

    /** It has ended without having been used. */
    void died(ReadyConnection connection, String reason, boolean unreachable);
  }

  ReadyConnection(String id, EventLoop loop, Watcher watcher) {
    this.id = id;
    this.loop = loop;
    this.watcher = watcher;
  }

  String id() {
    return id;
  }

  EventLoop loop() {
    return loop;
  }

  /** Binds the accepted connection and writes its id, in one write as the original requires. */
  void open(Arrival arrival) {
    if (dead) {
      arrival.abort();
      return;
    }
    try {
      flow = arrival.bind(loop);
      flow.attach(this);
      ByteBuffer name = ByteBuffer.wrap(id.getBytes(StandardCharsets.US_ASCII));
      flow.write(name);
      if (name.hasRemaining()) {
        throw new IOException("did not take its id");
      }
      flow.interest(Flow.READ);
      watcher.named(this);
    } catch (IOException e) {
      failed(flow, e);
    }
  }

  @Override
  public void ready(Flow flow, int ops) throws IOException {
    String reason = silence();
    if (reason != null) {
      throw new IOException(reason);
    }
  }

  /** Null while nothing can be read, else what that means. */
  private String silence() throws IOException {
    ByteBuffer scratch = loop.buffers().acquireSmall();
    try {
      int n = flow.read(scratch);
      return n == 0 ? null : n < 0 ? "closed by the peer" : "sent bytes before it was used";
    } finally {
      loop.buffers().release(scratch);
    }
  }

  @Override
  public void failed(Flow flow, Throwable cause) {
    if (dead) {
      return;
    }
    dead = true;
    if (flow != null) {
      flow.abort(cause);
    }
    String reason = String.valueOf(cause.getMessage());
    watcher.died(this, reason, reason.contains("timed out") || reason.contains("unreachable"));
  }

  /**
   * Gives the flow away to be used, after one last look whether it lives.
   *
   * @return null when it has died; the watcher has been told then
   */
  Flow take() {
    if (dead) {
      return null;
    }
    try {
      String reason = silence();
      if (reason != null) {
        throw new IOException(reason);
      }
    } catch (IOException e) {
      failed(flow, e);
      return null;
    }
    flow.interest(0);
    return flow;
  }

  /** Ends it unused; the watcher is not told. */
  void discard() {
    if (dead) {
      return;
    }
    dead = true;
    if (flow != null) {
      try {
        flow.close();
      } catch (IOException e) {
        flow.abort(e);
      }
    }
  }
}
