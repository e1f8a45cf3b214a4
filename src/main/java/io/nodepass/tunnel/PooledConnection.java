package io.nodepass.tunnel;

import io.nodepass.reactor.EventLoop;
import io.nodepass.reactor.Timer;
import io.nodepass.transport.Dialer;
import io.nodepass.transport.Flow;
import io.nodepass.transport.FlowOwner;
import io.nodepass.transport.tls.PeerEndedException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/**
 * A data connection on the client, from its dial until it is used.
 *
 * <pre>
 *   dialling ─▶ unnamed ──8 bytes──▶ ready ──▶ used (its flow is given away)
 *       └──────────┴───────────────────┴─────▶ dead
 * </pre>
 *
 * Bytes of a user can overtake the signal, which takes another connection; they are kept until it
 * comes. So can the end of a user who sent nothing: an end is believed only after a moment. For the
 * home loop only.
 */
final class PooledConnection implements Dialer.Callback, FlowOwner, LaunchCandidate {
  private static final long DIAL_TIMEOUT = TimeUnit.SECONDS.toNanos(10);
  private static final long NAME_TIMEOUT = TimeUnit.SECONDS.toNanos(30);
  private static final long END_GRACE = TimeUnit.SECONDS.toNanos(5);
  private static final long EARLY_GRACE = TimeUnit.SECONDS.toNanos(10);

  private final EventLoop loop;
  private final int others;
  private final Watcher watcher;
  private final ByteBuffer name = ByteBuffer.allocate(ControlLine.ID_LENGTH);
  private final Timer limit;
  private final long began;
  private String id;
  private long namedAt;
  private Dialer.Dial dial;
  private Flow flow;
  private ByteBuffer early;
  private boolean kept;
  private boolean resetAtOnce;
  private boolean over;

  /** Whoever keeps it. */
  interface Watcher {
    void named(PooledConnection connection, long dialNanos);

    /** The peer has ended it; a signal may still come that says for whom. */
    void ended(PooledConnection connection);

    /** It has gone without having been used. */
    void died(PooledConnection connection, String reason);
  }

  /**
   * Prepares a connection; {@link #open} dials it.
   *
   * @param others how many are ready beside it
   */
  PooledConnection(EventLoop loop, int others, Watcher watcher) {
    this.others = others;
    this.loop = loop;
    this.watcher = watcher;
    this.limit = new Timer(() -> die("did not become usable in time"));
    this.began = loop.time();
  }

  /** Its id; null before it was named. */
  String id() {
    return id;
  }

  /** How many were ready when it was dialled. */
  int others() {
    return others;
  }

  /** Whether its dial has succeeded, even if only to be reset in the same moment. */
  boolean wasConnected() {
    return flow != null || resetAtOnce;
  }

  /** When it was named, as of the home loop's clock. */
  long namedAt() {
    return namedAt;
  }

  void open(Dialer dialer, InetSocketAddress address) {
    if (over) {
      return;
    }
    Dialer.Dial started = dialer.dial(loop, address, DIAL_TIMEOUT, this);
    if (flow == null && !over) {
      dial = started;
    }
  }

  @Override
  public void connected(Flow flow) {
    dial = null;
    this.flow = flow;
    loop.schedule(limit, NAME_TIMEOUT);
    flow.attach(this);
    flow.interest(Flow.READ);
  }

  @Override
  public void failed(IOException cause) {
    Throwable reason = cause.getCause();
    resetAtOnce =
        reason instanceof PeerEndedException // in the midst of a TLS handshake
            || (reason instanceof SocketException
                && !(reason instanceof ConnectException
                    || reason instanceof NoRouteToHostException));
    die(String.valueOf(cause.getMessage()));
  }

  @Override
  public void ready(Flow flow, int ops) throws IOException {
    if (over) {
      return;
    }
    if (id == null) {
      readName();
    } else {
      readEarly();
    }
  }

  private void readName() throws IOException {
    if (flow.read(name) < 0) {
      throw new IOException(
          name.position() == 0 ? "closed before it was named" : "closed in the middle of its id");
    }
    if (name.hasRemaining()) {
      return;
    }
    String text = new String(name.array(), StandardCharsets.ISO_8859_1);
    if (!ControlLine.isId(text)) {
      throw new ProtocolException("was named with something that is not 8 hex digits");
    }
    loop.cancel(limit);
    id = text;
    namedAt = loop.time();
    watcher.named(this, namedAt - began);
  }

  private void readEarly() throws IOException {
    ByteBuffer buffer = loop.buffers().acquireSmall();
    int n;
    try {
      n = flow.read(buffer);
    } catch (IOException e) {
      loop.buffers().release(buffer);
      throw e;
    }
    if (n > 0) {
      early = buffer.flip();
      flow.interest(0);
      expire(EARLY_GRACE);
      return;
    }
    loop.buffers().release(buffer);
    if (n < 0) {
      flow.interest(0);
      expire(END_GRACE);
      watcher.ended(this);
    }
  }

  private void expire(long nanos) {
    if (!kept) {
      loop.schedule(limit, nanos);
    }
  }

  @Override
  public void keep() {
    kept = true;
    loop.cancel(limit);
  }

  @Override
  public void failed(Flow flow, Throwable cause) {
    die(String.valueOf(cause.getMessage()));
  }

  private void die(String reason) {
    if (!over) {
      discard(new IOException(reason));
      watcher.died(this, reason);
    }
  }

  /** The watcher has been told when it has died. */
  @Override
  public Flow take() {
    if (over) {
      return null;
    }
    over = true;
    loop.cancel(limit);
    flow.interest(0);
    return flow;
  }

  /** What came before the signal, in a buffer of this loop's pool. */
  @Override
  public ByteBuffer takeEarly() {
    ByteBuffer bytes = early;
    early = null;
    return bytes;
  }

  /** Ends it unused; the watcher is not told. */
  @Override
  public void discard(IOException cause) {
    if (over) {
      return;
    }
    over = true;
    loop.cancel(limit);
    if (dial != null) {
      dial.cancel();
    }
    if (early != null) {
      loop.buffers().release(early);
      early = null;
    }
    if (flow != null) {
      flow.abort(cause);
    }
  }
}
