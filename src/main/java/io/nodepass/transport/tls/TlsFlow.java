package io.nodepass.transport.tls;

import io.nodepass.buffer.BufferPool;
import io.nodepass.reactor.EventLoop;
import io.nodepass.transport.Flow;
import io.nodepass.transport.FlowOwner;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLSession;

/**
 * A {@link Flow} inside a TLS 1.3 connection that another flow carries.
 *
 * <ul>
 *   <li>Bytes are decrypted into the caller's buffer when that takes the whole record, and by way
 *       of one of the pool otherwise. What the pool lends is held only while it holds bytes.
 *   <li>An end is a {@code close_notify}, RFC 8446 section 6.1: it says nothing of the other
 *       direction, and the inner flow is not ended by it. The inner flow's end without one is a
 *       truncation, which is an abort.
 *   <li>An abort is the inner flow's abort.
 *   <li>While the engine has work for another thread nothing is read and nothing accepted.
 * </ul>
 */
public final class TlsFlow implements Flow {
  /** How often one read may ask the inner flow, so that records without bytes cannot hold us. */
  private static final int MOST_FILLS = 4;

  private final Flow inner;
  private final Records records;
  private final DelegatedTasks tasks;
  private final FlowOwner inside = new Inside();
  private final Held plain = new Held();
  private Notice notice = new Notice();
  private FlowOwner owner;
  private int interest;
  private int fillsLeft;
  private boolean peerEnded;
  private boolean outputShut;
  private boolean closed;

  /** Takes over from a handshake that is done. */
  TlsFlow(Records records) {
    this.records = records;
    this.inner = records.inner();
    this.tasks = records.tasks();
    tasks.after(this::resume);
    inner.interest(0);
    inner.attach(inside);
    records.shrink();
  }

  /** The dial that it came from is to end as soon as the first bytes have been read. */
  void keep(ResumingEngines.Dial dial) {
    records.keep(dial);
  }

  /** What was agreed in the handshake: the peer's certificates, the cipher suite. */
  public SSLSession session() {
    return records.engine().getSession();
  }

  @Override
  public EventLoop loop() {
    return inner.loop();
  }

  @Override
  public SocketAddress remote() {
    return inner.remote();
  }

  @Override
  public void leave() {
    owner = null;
    interest = 0;
    notice.revoke();
    plain.leave(records.pool());
    records.leave();
    inner.leave();
  }

  @Override
  public void join(EventLoop loop) throws IOException {
    inner.join(loop);
    inner.attach(inside);
    notice = new Notice();
    tasks.join(loop);
    arm();
  }

  @Override
  public void attach(FlowOwner owner) {
    this.owner = owner;
    arm();
  }

  @Override
  public void interest(int ops) {
    interest = ops;
    arm();
  }

  @Override
  public int interest() {
    return interest;
  }

  /** There is something to read without asking the inner flow, as far as is known. */
  private boolean readable() {
    return !plain.isEmpty() || records.hasInput() || peerEnded;
  }

  /** Asks the inner flow for what is needed, and nobody for what is here already. */
  private void arm() {
    if (closed) {
      return;
    }
    int wanted = tasks.running() ? 0 : interest;
    boolean readable = readable();
    int ops = readable ? wanted & WRITE : wanted;
    inner.interest(records.hasResidue() ? ops | WRITE : ops);
    if (readable && (wanted & READ) != 0 && owner != null) {
      notice.queue();
    }
  }

  @Override
  public int read(ByteBuffer buffer) throws IOException {
    requireOpen();
    if (peerEnded) {
      lookForAbort();
      return -1;
    }
    int start = buffer.position();
    fillsLeft = MOST_FILLS;
    try {
      while (buffer.hasRemaining() && decrypt(buffer, start)) {
        // One record at a time, until there is no room or no record.
      }
    } finally {
      plain.shrink(records.pool());
      records.shrink();
      arm();
    }
    int n = buffer.position() - start;
    return n == 0 && peerEnded ? -1 : n;
  }

  /** Takes one step; false when there is no other to be taken now. */
  private boolean decrypt(ByteBuffer buffer, int start) throws IOException {
    boolean some = buffer.position() > start;
    if (!plain.isEmpty()) {
      plain.moveTo(buffer, records.pool());
      return true;
    }
    if (peerEnded || tasks.running()) {
      return false;
    }
    if (!records.hasInput() && !fill(buffer.remaining(), some)) {
      return false;
    }
    SSLEngineResult result = records.unwrap(buffer);
    if (result.getStatus() == Status.BUFFER_OVERFLOW) {
      if (some) {
        return false; // there is room for it next time
      }
      result = unwrapAside();
    }
    if (result.getStatus() == Status.CLOSED) {
      peerEnded = true;
      records.releaseInput();
      return false;
    }
    records.flush();
    return result.getStatus() == Status.BUFFER_UNDERFLOW
        || result.bytesConsumed() + result.bytesProduced() > 0;
  }

  private boolean fill(int room, boolean some) throws IOException {
    if (fillsLeft == 0) {
      return false;
    }
    int n = records.fill(room);
    fillsLeft = records.dry() ? 0 : fillsLeft - 1;
    if (n < 0 && !some) {
      throw new PeerEndedException("the connection ended without TLS close_notify: it was cut off");
    }
    return n > 0;
  }

  private SSLEngineResult unwrapAside() throws IOException {
    BufferPool pool = records.pool();
    int size = records.engine().getSession().getApplicationBufferSize();
    ByteBuffer aside = plain.open(pool, size);
    try {
      return records.unwrap(aside);
    } finally {
      aside.flip();
      plain.trim(pool);
    }
  }

  /** What comes after the peer's end is to be ignored, RFC 8446 section 6.1, but not its abort. */
  private void lookForAbort() throws IOException {
    ByteBuffer scratch = records.pool().acquireSmall();
    try {
      inner.read(scratch);
    } finally {
      records.pool().release(scratch);
    }
  }

  @Override
  public int write(ByteBuffer buffer) throws IOException {
    return (int) encrypt(buffer, null, 0, 0);
  }

  @Override
  public long write(ByteBuffer[] buffers) throws IOException {
    return write(buffers, 0, buffers.length);
  }

  @Override
  public long write(ByteBuffer[] buffers, int offset, int length) throws IOException {
    return encrypt(null, buffers, offset, length);
  }

  private long encrypt(ByteBuffer one, ByteBuffer[] many, int offset, int length)
      throws IOException {
    requireOpen();
    if (outputShut) {
      throw new ClosedChannelException();
    }
    long accepted = 0;
    try {
      while (records.flush()
          && !tasks.running()
          && Records.hasRemaining(one, many, offset, length)) {
        accepted += records.wrap(one, many, offset, length);
      }
      return accepted;
    } finally {
      arm();
    }
  }

  @Override
  public void shutdownOutput() throws IOException {
    requireOpen();
    if (!outputShut) {
      outputShut = true;
      records.end();
      records.flush();
      arm();
    }
  }

  @Override
  public void abort(Throwable cause) {
    if (!closed) {
      release();
    }
    inner.abort(cause);
  }

  @Override
  public boolean isOpen() {
    return !closed && inner.isOpen();
  }

  @Override
  public void close() throws IOException {
    if (!closed && outputShut && peerEnded) {
      Delivery.begin(inner, records.takeLast());
      release();
    } else if (!closed) {
      abort(null);
    }
  }

  private void release() {
    closed = true;
    notice.revoke();
    plain.release(records.pool());
    records.release();
  }

  private void requireOpen() throws IOException {
    if (closed) {
      throw new ClosedChannelException();
    }
  }

  private void ready(int ops) throws IOException {
    if (closed) {
      return;
    }
    int told = ops & READ;
    if ((ops & WRITE) != 0 && records.flush()) {
      told |= WRITE;
    }
    arm();
    tell(told & interest);
  }

  private void tell(int ops) throws IOException {
    if (ops != 0 && owner != null && !tasks.running()) {
      owner.ready(this, ops);
    }
  }

  private void failed(Throwable cause) {
    if (owner != null) {
      owner.failed(this, cause);
    } else {
      abort(cause);
    }
  }

  /** The engine is back from another thread. */
  private void resume() {
    if (closed) {
      return;
    }
    try {
      tasks.check();
      records.flush();
      arm();
    } catch (IOException e) {
      failed(e);
    }
  }

  @Override
  public String toString() {
    return "tls over " + inner;
  }

  private final class Inside implements FlowOwner {
    @Override
    public void ready(Flow flow, int ops) throws IOException {
      TlsFlow.this.ready(ops);
    }

    @Override
    public void failed(Flow flow, Throwable cause) {
      TlsFlow.this.failed(cause);
    }
  }

  /**
   * Tells the owner, once each turn, of what the selector does not know of: bytes that were read
   * from the inner flow already. One that is left in the mailbox of a loop that the flow has left
   * does nothing.
   */
  private final class Notice implements Runnable {
    private boolean queued;
    private boolean revoked;

    void queue() {
      if (!queued) {
        queued = true;
        loop().execute(this);
      }
    }

    void revoke() {
      revoked = true;
    }

    @Override
    public void run() {
      queued = false;
      if (revoked) {
        return;
      }
      try {
        if (readable()) {
          tell(READ & interest);
        }
        if (!revoked) { // else it is closed, or another loop's by now
          arm();
        }
      } catch (Throwable e) {
        failed(e);
      }
    }
  }
}
