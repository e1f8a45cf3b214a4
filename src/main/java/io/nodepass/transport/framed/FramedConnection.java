package io.nodepass.transport.framed;

import io.nodepass.reactor.EventLoop;
import io.nodepass.reactor.Timer;
import io.nodepass.transport.Farewell;
import io.nodepass.transport.Flow;
import io.nodepass.transport.FlowOwner;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * A connection that carries one flow after another: docs/protocol.md, "Mode 1 and 2: frames, used
 * again". One end opens flows, the other takes them. Everything is on the thread of the loop of the
 * flow beneath, which may be another one after {@link #join}.
 *
 * <pre>
 *   IDLE ──OPEN──▶ FLOW ──closed after both ENDs──▶ CLOSING ──DONE──▶ RETURNING ──told──▶ IDLE
 *     any of them ──abort, a broken connection, a frame that must not come──▶ GONE
 * </pre>
 *
 * While it is idle it holds no buffer and reads nothing but one whole OPEN.
 */
public final class FramedConnection {
  static final byte[] NOTHING = new byte[0];

  /** How long the peer may take for a flow's last bytes: as long as it may stall anywhere else. */
  static final long PATIENCE = TimeUnit.MINUTES.toNanos(10);

  /** Whoever keeps the connection while no flow is on it. On the loop of the connection. */
  public interface Owner {
    /**
     * Only where flows are taken: the peer has begun one, which has no owner and no interest yet.
     *
     * @param signal what came with it: printable ASCII, at most 1024 characters
     */
    void opened(FramedConnection connection, Flow flow, String signal);

    /**
     * The flow is over on both sides, and the connection idle again. It is not watched before
     * {@link FramedConnection#watch}. Told by a task of its own.
     */
    void returned(FramedConnection connection);

    /**
     * The connection has ended or failed while no flow had an owner who could have been told: while
     * idle, or after a clean close. It is closed already.
     */
    void died(FramedConnection connection, Throwable cause);
  }

  private enum State {
    IDLE,
    FLOW,
    CLOSING,
    RETURNING,
    GONE
  }

  private final Flow inner;
  private final boolean opener;
  private final Owner owner;
  private final FrameReader reader;
  private final FrameWriter writer;
  private final FlowOwner inside = new Inside();
  private final Timer limit = new Timer(this::late);
  private State state = State.IDLE;
  private FramedFlow flow;
  private boolean away;
  private EventLoop countedAt;
  private boolean closeDue;

  private FramedConnection(Flow inner, boolean opener, Owner owner) {
    this.inner = inner;
    this.opener = opener;
    this.owner = owner;
    this.reader = new FrameReader(inner, opener);
    this.writer = new FrameWriter(inner);
    inner.interest(0);
    inner.attach(inside);
  }

  /** The end that opens flows. It takes the flow beneath over, on its loop's thread. */
  public static FramedConnection opener(Flow inner, Owner owner) {
    return new FramedConnection(inner, true, owner);
  }

  /** The end that takes flows. It takes the flow beneath over, on its loop's thread. */
  public static FramedConnection acceptor(Flow inner, Owner owner) {
    return new FramedConnection(inner, false, owner);
  }

  /**
   * Begins to listen on the idle connection, for OPEN or for its end: after it was made, after
   * {@link Owner#returned} and after {@link #join}. Nothing happens when it is not idle.
   */
  public void watch() {
    if (state == State.IDLE) {
      settle();
      inner.interest(Flow.READ);
    }
  }

  /**
   * Begins the next flow on the idle connection; its OPEN is sent at once. The flow has no owner
   * and no interest yet.
   *
   * @param signal printable ASCII, 1 to 1024 characters
   * @throws IOException when the connection has ended or is broken; it is closed then, and its
   *     owner is not told
   */
  public Flow open(String signal) throws IOException {
    if (state == State.GONE) {
      throw new IOException("the connection is closed");
    }
    requireIdle();
    if (!opener) {
      throw new IllegalStateException("this end takes flows");
    }
    byte[] payload = signal.getBytes(StandardCharsets.US_ASCII);
    if (payload.length == 0 || payload.length > Frame.MOST_SIGNAL) {
      throw new IllegalArgumentException("a signal of " + payload.length + " bytes");
    }
    try {
      if (reader.step()) { // so that a connection that ended just now is not put to use
        throw new FrameException("bytes while no flow is on");
      }
      writer.control(Frame.OPEN, reader.flow() + 1, payload);
    } catch (IOException e) {
      cut(e);
      throw e;
    }
    reader.begin();
    return begin();
  }

  private FramedFlow begin() {
    state = State.FLOW;
    flow = new FramedFlow(this, inner, reader, writer);
    flow.interest(0);
    return flow;
  }

  /** No flow is on it, and it is not closed. */
  public boolean isIdle() {
    return state == State.IDLE;
  }

  /** How many flows there have been, the one that is on included. */
  public int uses() {
    return reader.flow();
  }

  public EventLoop loop() {
    return inner.loop();
  }

  public SocketAddress remote() {
    return inner.remote();
  }

  /** Takes the idle connection off its loop; only {@link #join} and {@link #abort} may follow. */
  public void leave() {
    requireIdle();
    depart();
  }

  /**
   * Makes the connection one of that loop, on that loop's thread.
   *
   * @throws IOException when it was closed in the meantime
   */
  public void join(EventLoop loop) throws IOException {
    arrive(loop);
  }

  private void requireIdle() {
    if (state != State.IDLE) {
      throw new IllegalStateException("the connection is not idle");
    }
  }

  /** Leaves the loop, with what waits to be sent. */
  void depart() {
    away = true;
    writer.leave();
    inner.leave();
  }

  void arrive(EventLoop loop) throws IOException {
    if (state == State.GONE) {
      throw new ClosedChannelException();
    }
    try {
      inner.join(loop);
    } catch (IOException e) {
      cut(e);
      throw e;
    }
    away = false;
    inner.attach(inside);
  }

  /**
   * Closes the connection once the flow that was closed on it is over, and aborts one that is in
   * use. The owner is not told.
   */
  public void close() {
    switch (state) {
      case IDLE -> closeIdle();
      case CLOSING, RETURNING -> closeDue = true;
      default -> abort(null);
    }
  }

  /** The peer may still be reading the last flow, unless it has let go of it before we did. */
  private void closeIdle() {
    boolean mayOwe = !opener && uses() > 0 && !reader.streamEnded();
    state = State.GONE;
    if (mayOwe) {
      Farewell.deliver(inner, PATIENCE);
    } else {
      inner.closeOrAbort();
    }
    gone();
  }

  /**
   * Aborts it in whatever state it is. Whoever owns the flow on it is told, the owner of the
   * connection is not.
   *
   * @param cause why, for the log and the peer; may be null
   */
  public void abort(Throwable cause) {
    FramedFlow used = state == State.FLOW ? flow : null;
    cut(cause);
    if (used != null) {
      used.failed(cause != null ? cause : new IOException("the connection was aborted"));
    }
  }

  /** Aborts the connection and the flow on it, and tells the peer why if it can. */
  void cut(Throwable cause) {
    if (state == State.GONE) {
      return;
    }
    boolean mayTell = state == State.FLOW || (state == State.CLOSING && opener);
    if (mayTell && !away && !reader.aborted() && !reader.streamEnded()) {
      writer.abort(reader.flow(), AbortedByPeerException.payload(cause));
    }
    gone();
    inner.abort(cause);
  }

  /** The flow was closed, and both sides have ended it. */
  void finish() {
    state = State.CLOSING;
    flow = null;
    countedAt = loop();
    countedAt.addDelivery(1);
    writer.forget();
    try {
      if (!opener) {
        writer.control(Frame.DONE, reader.flow(), NOTHING);
        reader.over();
      }
      proceed();
    } catch (IOException e) {
      cut(e);
      execute(() -> owner.died(this, e));
    }
  }

  /** Waits until the peer has got the last bytes and said so, or need not. */
  private void proceed() throws IOException {
    boolean sent = writer.drain();
    if (sent) {
      reader.weEnded();
    }
    while (opener && !reader.done() && reader.step()) {
      // One header at a time.
    }
    if (sent && (!opener || reader.done())) {
      loop().cancel(limit);
      inner.interest(0);
      reader.over();
      state = State.RETURNING;
      execute(this::tellReturned);
      return;
    }
    inner.interest((opener ? Flow.READ : 0) | (sent ? 0 : Flow.WRITE));
    if (!limit.isScheduled()) {
      loop().schedule(limit, PATIENCE);
    }
  }

  private void tellReturned() {
    if (state == State.RETURNING) {
      state = State.IDLE;
      if (closeDue) {
        closeIdle();
      } else {
        owner.returned(this);
      }
    }
  }

  private void execute(Runnable task) {
    try {
      loop().execute(task);
    } catch (RejectedExecutionException e) {
      cut(e); // the loop has ended, and nobody is left who could be told
    }
  }

  private void late() {
    die(new IOException("the peer has not taken the last bytes of a flow for too long"));
  }

  private void die(Throwable cause) {
    if (state == State.GONE) {
      return;
    }
    if (state == State.IDLE && reader.streamEnded()) {
      gone();
      endBeneath(); // the peer's end is answered by ours
    } else {
      cut(cause);
    }
    owner.died(this, cause);
  }

  private void endBeneath() {
    try {
      inner.shutdownOutput();
      inner.close();
    } catch (IOException e) {
      inner.abort(e);
    }
  }

  private void gone() {
    settle();
    state = State.GONE;
    flow = null;
    if (!away) {
      loop().cancel(limit);
      writer.release();
    }
  }

  /** It is with its owner again, or gone: from the end of a flow on a shutdown waits for that. */
  private void settle() {
    if (countedAt != null) {
      countedAt.addDelivery(-1);
      countedAt = null;
    }
  }

  private void lookIdle() throws IOException {
    for (String signal = null; signal == null && reader.step(); ) {
      signal = reader.takeSignal();
      if (signal != null) {
        owner.opened(this, begin(), signal); // last: it may be another loop's by then
      }
    }
  }

  @Override
  public String toString() {
    return "framed " + inner;
  }

  private final class Inside implements FlowOwner {
    @Override
    public void ready(Flow beneath, int ops) throws IOException {
      switch (state) {
        case IDLE -> lookIdle();
        case FLOW -> flow.ready(ops);
        case CLOSING -> proceed();
        case RETURNING, GONE -> {}
      }
    }

    @Override
    public void failed(Flow beneath, Throwable cause) {
      if (state == State.FLOW) {
        flow.failed(cause);
      } else {
        die(cause);
      }
    }
  }
}
