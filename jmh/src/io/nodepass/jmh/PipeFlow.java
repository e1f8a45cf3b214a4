package io.nodepass.jmh;

import io.nodepass.reactor.EventLoop;
import io.nodepass.transport.Flow;
import io.nodepass.transport.FlowOwner;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;

/**
 * One end of a connection in memory that costs one copy in and one copy out, as a socket would, and
 * nothing else: no owner is told of anything, no byte is allocated. For one thread.
 */
public final class PipeFlow implements Flow {
  private static final SocketAddress NOWHERE = InetSocketAddress.createUnresolved("pipe", 1);

  private final EventLoop loop;
  private final ByteBuffer inbox;
  private PipeFlow peer;
  private int from;
  private int to;
  private int interest;
  private int mostPerRead = Integer.MAX_VALUE;

  private PipeFlow(EventLoop loop, int capacity) {
    this.loop = loop;
    this.inbox = ByteBuffer.allocateDirect(capacity);
  }

  /** Two connected ends, each of which holds so many bytes for its reader. */
  public static PipeFlow[] pair(EventLoop loop, int capacity) {
    PipeFlow one = new PipeFlow(loop, capacity);
    PipeFlow other = new PipeFlow(loop, capacity);
    one.peer = other;
    other.peer = one;
    return new PipeFlow[] {one, other};
  }

  /** Lets a read take so many bytes at most, as if the rest had not arrived yet. */
  public void mostPerRead(int bytes) {
    mostPerRead = bytes;
  }

  @Override
  public int read(ByteBuffer target) {
    int n = Math.min(Math.min(to - from, mostPerRead), target.remaining());
    target.put(target.position(), inbox, from, n);
    target.position(target.position() + n);
    from += n;
    if (from == to) {
      from = 0;
      to = 0;
    }
    return n;
  }

  @Override
  public int write(ByteBuffer source) {
    int n = Math.min(peer.inbox.capacity() - peer.to, source.remaining());
    peer.inbox.put(peer.to, source, source.position(), n);
    source.position(source.position() + n);
    peer.to += n;
    return n;
  }

  @Override
  public long write(ByteBuffer[] sources) {
    return write(sources, 0, sources.length);
  }

  @Override
  public long write(ByteBuffer[] sources, int offset, int length) {
    long n = 0;
    for (int i = offset; i < offset + length; i++) {
      n += write(sources[i]);
    }
    return n;
  }

  @Override
  public EventLoop loop() {
    return loop;
  }

  @Override
  public void leave() {}

  @Override
  public void join(EventLoop loop) {}

  @Override
  public void attach(FlowOwner owner) {}

  @Override
  public void interest(int ops) {
    interest = ops;
  }

  @Override
  public int interest() {
    return interest;
  }

  @Override
  public void shutdownOutput() {}

  @Override
  public void abort(Throwable cause) {}

  @Override
  public SocketAddress remote() {
    return NOWHERE;
  }

  @Override
  public boolean isOpen() {
    return true;
  }

  @Override
  public void close() {}
}
