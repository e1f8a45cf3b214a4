package io.nodepass.testkit;

import io.nodepass.reactor.EventLoop;
import io.nodepass.transport.Flow;
import io.nodepass.transport.FlowOwner;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;

/**
 * One end of a {@link FlowPair}. Readiness is told by a task in the loop's mailbox, so the order of
 * events depends on nothing but the order of the calls.
 */
final class MemoryFlow implements Flow {
  private EventLoop loop;
  private final String name;
  private final ByteBuffer inbox;
  private final Runnable deliver = this::deliver;
  private MemoryFlow peer;
  private FlowOwner owner;
  private int interest;
  private boolean outputShut;
  private boolean endRead;
  private boolean reset;
  private boolean closed;
  private boolean queued;

  private MemoryFlow(EventLoop loop, String name, int capacity) {
    this.loop = loop;
    this.name = name;
    this.inbox = ByteBuffer.allocate(capacity);
  }

  static MemoryFlow[] pair(EventLoop loop, String left, String right, int capacity) {
    MemoryFlow one = new MemoryFlow(loop, left, capacity);
    MemoryFlow other = new MemoryFlow(loop, right, capacity);
    one.peer = other;
    other.peer = one;
    return new MemoryFlow[] {one, other};
  }

  @Override
  public EventLoop loop() {
    return loop;
  }

  @Override
  public void leave() {
    interest = 0;
    owner = null;
  }

  @Override
  public void join(EventLoop loop) {
    this.loop = loop;
  }

  @Override
  public void attach(FlowOwner owner) {
    this.owner = owner;
    wake();
  }

  @Override
  public void interest(int ops) {
    interest = ops;
    wake();
  }

  @Override
  public int interest() {
    return interest;
  }

  @Override
  public int read(ByteBuffer buffer) throws IOException {
    if (closed) {
      throw new ClosedChannelException();
    }
    if (reset) {
      throw new IOException("Connection reset");
    }
    if (inbox.position() == 0 && peer.outputShut) {
      endRead = true;
      return -1;
    }
    int n = Math.min(inbox.position(), buffer.remaining());
    inbox.flip();
    buffer.put(inbox.slice().limit(n));
    inbox.position(n).compact();
    peer.wake();
    return n;
  }

  @Override
  public int write(ByteBuffer buffer) throws IOException {
    if (closed || outputShut) {
      throw new ClosedChannelException();
    }
    if (reset) {
      throw new IOException("Broken pipe");
    }
    int n = Math.min(peer.inbox.remaining(), buffer.remaining());
    peer.inbox.put(buffer.slice().limit(n));
    buffer.position(buffer.position() + n);
    peer.wake();
    return n;
  }

  @Override
  public long write(ByteBuffer[] buffers) throws IOException {
    return write(buffers, 0, buffers.length);
  }

  @Override
  public long write(ByteBuffer[] buffers, int offset, int length) throws IOException {
    long total = 0;
    for (int i = offset; i < offset + length; i++) {
      total += write(buffers[i]);
    }
    return total;
  }

  @Override
  public void shutdownOutput() throws IOException {
    if (closed) {
      throw new ClosedChannelException();
    }
    outputShut = true;
    peer.wake();
  }

  @Override
  public void abort(Throwable cause) {
    if (!closed) {
      closed = true;
      peer.reset = true;
      peer.inbox.clear();
      peer.wake();
    }
  }

  @Override
  public void close() {
    if (outputShut && endRead) {
      closed = true;
    } else {
      abort(null);
    }
  }

  @Override
  public boolean isOpen() {
    return !closed;
  }

  @Override
  public SocketAddress remote() {
    return InetSocketAddress.createUnresolved(peer.name, 0);
  }

  private int readiness() {
    boolean readable = reset || inbox.position() > 0 || peer.outputShut;
    boolean writable = reset || outputShut || peer.inbox.hasRemaining();
    return (readable ? READ : 0) | (writable ? WRITE : 0);
  }

  private void wake() {
    if (!queued && !closed && (interest & readiness()) != 0) {
      queued = true;
      loop.execute(deliver);
    }
  }

  private void deliver() {
    queued = false;
    int ops = interest & readiness();
    if (closed || owner == null || ops == 0) {
      return;
    }
    FlowOwner told = owner;
    try {
      told.ready(this, ops);
    } catch (Throwable e) {
      told.failed(this, e);
    }
    wake();
  }

  @Override
  public String toString() {
    return name;
  }
}
