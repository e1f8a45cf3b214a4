package io.nodepass.transport.framed;

import io.nodepass.reactor.EventLoop;
import io.nodepass.transport.Flow;
import io.nodepass.transport.FlowOwner;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;

/**
 * One use of a {@link FramedConnection}: what lies between an OPEN and the DONE of the same number.
 *
 * <p>Bytes are read into the caller's buffer together with the headers between them, and moved
 * together there. Everything that a read has got is taken apart at once, so that no byte waits here
 * for a reader; what may wait is the news of an end or of an abort. When the flow is closed
 * cleanly, the connection goes on without it.
 */
final class FramedFlow implements Flow {
  /** How often one read may ask the flow beneath, so that headers without bytes cannot hold us. */
  private static final int MOST_READS = 16;

  private final FramedConnection connection;
  private final Flow inner;
  private final FrameReader reader;
  private final FrameWriter writer;
  private final int number;
  private Notice notice = new Notice();
  private FlowOwner owner;
  private int interest;
  private boolean outputShut;
  private boolean closed;
  private IOException failure;

  FramedFlow(FramedConnection connection, Flow inner, FrameReader reader, FrameWriter writer) {
    this.connection = connection;
    this.inner = inner;
    this.reader = reader;
    this.writer = writer;
    this.number = reader.flow();
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
    connection.depart();
  }

  @Override
  public void join(EventLoop loop) throws IOException {
    connection.arrive(loop);
    notice = new Notice();
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

  /** What ended it, if its owner has not been told yet. */
  private IOException failure() {
    return failure != null ? failure : reader.failure();
  }

  /** Asks the flow beneath for what is needed, and nobody for what is known already. */
  private void arm() {
    if (closed) {
      return;
    }
    boolean broken = failure() != null;
    boolean known = broken || reader.peerEnded();
    int ops = known ? interest & WRITE : interest;
    inner.interest(writer.hasRest() ? ops | WRITE : ops);
    if (owner != null && (broken || (known && (interest & READ) != 0))) {
      notice.queue();
    }
  }

  @Override
  public int read(ByteBuffer buffer) throws IOException {
    requireOpen();
    if (reader.peerEnded()) {
      lookForAbort();
      return -1;
    }
    int start = buffer.position();
    try {
      for (int i = 0; i < MOST_READS && buffer.position() == start; i++) {
        int n = reader.read(buffer);
        if (n == 0 || reader.peerEnded()) {
          break;
        }
      }
    } finally {
      arm();
    }
    int n = buffer.position() - start;
    return n == 0 && reader.peerEnded() ? -1 : n;
  }

  @Override
  public boolean mayHaveMore() {
    return reader.filled() && !reader.peerEnded();
  }

  @Override
  public int bestWrite() {
    return FrameWriter.BEST;
  }

  /** After the peer's END there is still to come that it aborts, or that it is done. */
  private void lookForAbort() throws IOException {
    while (!reader.done() && reader.step()) {
      // One header at a time, and no byte that is the next flow's.
    }
  }

  @Override
  public int write(ByteBuffer buffer) throws IOException {
    requireWritable();
    try {
      return writer.data(number, buffer);
    } catch (IOException e) {
      throw reader.reason(e);
    } finally {
      arm();
    }
  }

  @Override
  public long write(ByteBuffer[] buffers) throws IOException {
    return write(buffers, 0, buffers.length);
  }

  @Override
  public long write(ByteBuffer[] buffers, int offset, int length) throws IOException {
    requireWritable();
    long accepted = 0;
    try {
      for (int i = offset; i < offset + length; i++) {
        accepted += writer.data(number, buffers[i]);
        if (buffers[i].hasRemaining()) {
          break;
        }
      }
      return accepted;
    } catch (IOException e) {
      throw reader.reason(e);
    } finally {
      arm();
    }
  }

  private void requireWritable() throws IOException {
    requireOpen();
    if (outputShut) {
      throw new ClosedChannelException();
    }
  }

  @Override
  public void shutdownOutput() throws IOException {
    requireOpen();
    if (!outputShut) {
      outputShut = true;
      writer.control(Frame.END, number, FramedConnection.NOTHING);
      afterDrain();
      arm();
    }
  }

  private void afterDrain() {
    if (outputShut && !writer.hasRest()) {
      reader.weEnded();
    }
  }

  @Override
  public void abort(Throwable cause) {
    if (!closed) {
      release();
      connection.cut(cause);
    }
  }

  @Override
  public boolean isOpen() {
    return !closed && inner.isOpen();
  }

  @Override
  public void close() {
    if (!closed && outputShut && reader.peerEnded() && failure() == null) {
      release();
      connection.finish();
    } else {
      abort(null);
    }
  }

  private void release() {
    closed = true;
    notice.revoke();
  }

  private void requireOpen() throws IOException {
    if (closed) {
      throw new ClosedChannelException();
    }
    IOException known = failure();
    if (known != null) {
      throw known;
    }
  }

  /** The flow beneath is ready. */
  void ready(int ops) throws IOException {
    int told = ops & READ;
    if ((ops & WRITE) != 0 && drain()) {
      told |= WRITE;
    }
    arm();
    tell(told & interest);
  }

  private boolean drain() throws IOException {
    try {
      boolean drained = writer.drain();
      afterDrain();
      return drained;
    } catch (IOException e) {
      throw reader.reason(e);
    }
  }

  private void tell(int ops) throws IOException {
    if (ops != 0 && owner != null) {
      owner.ready(this, ops);
    }
  }

  /** It has failed; whoever becomes its owner is told, if it has none. */
  void failed(Throwable cause) {
    if (closed) {
      return;
    }
    if (owner != null) {
      owner.failed(this, cause);
    } else {
      failure = cause instanceof IOException e ? e : new IOException(cause);
      connection.cut(cause);
    }
  }

  @Override
  public String toString() {
    return "flow " + Integer.toUnsignedString(number) + " of " + connection;
  }

  /**
   * Tells the owner, once each turn, of what the flow beneath does not: an end or an abort that was
   * read already. One that is left in the mailbox of a loop that the flow has left does nothing.
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
        if (failure() != null) {
          failed(failure());
        } else if (reader.peerEnded()) {
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
