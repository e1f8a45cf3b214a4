package io.nodepass.testkit;

import io.nodepass.reactor.EventLoop;
import io.nodepass.transport.Flow;
import io.nodepass.transport.FlowOwner;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;

/** A flow around another one, to be bent in one place. Its owner sees it and not the inner one. */
public abstract class ForwardingFlow implements Flow {
  private final Flow inner;
  private FlowOwner owner;

  protected ForwardingFlow(Flow inner) {
    this.inner = inner;
  }

  protected final Flow inner() {
    return inner;
  }

  @Override
  public EventLoop loop() {
    return inner.loop();
  }

  @Override
  public void leave() {
    owner = null;
    inner.leave();
  }

  @Override
  public void join(EventLoop loop) throws IOException {
    inner.join(loop);
  }

  @Override
  public void attach(FlowOwner owner) {
    this.owner = owner;
    inner.attach(new Inside());
  }

  @Override
  public void interest(int ops) {
    inner.interest(ops);
  }

  @Override
  public int interest() {
    return inner.interest();
  }

  @Override
  public int read(ByteBuffer buffer) throws IOException {
    return inner.read(buffer);
  }

  @Override
  public int write(ByteBuffer buffer) throws IOException {
    return inner.write(buffer);
  }

  @Override
  public long write(ByteBuffer[] buffers) throws IOException {
    return write(buffers, 0, buffers.length);
  }

  /** Writes the first buffer that is not empty: less than offered is always allowed. */
  @Override
  public long write(ByteBuffer[] buffers, int offset, int length) throws IOException {
    for (int i = offset; i < offset + length; i++) {
      if (buffers[i].hasRemaining()) {
        return write(buffers[i]);
      }
    }
    return 0;
  }

  @Override
  public void shutdownOutput() throws IOException {
    inner.shutdownOutput();
  }

  @Override
  public void abort(Throwable cause) {
    inner.abort(cause);
  }

  @Override
  public boolean isOpen() {
    return inner.isOpen();
  }

  @Override
  public void close() throws IOException {
    inner.close();
  }

  @Override
  public SocketAddress remote() {
    return inner.remote();
  }

  @Override
  public String toString() {
    return getClass().getSimpleName() + " around " + inner;
  }

  private final class Inside implements FlowOwner {
    @Override
    public void ready(Flow flow, int ops) throws IOException {
      owner.ready(ForwardingFlow.this, ops);
    }

    @Override
    public void failed(Flow flow, Throwable cause) {
      owner.failed(ForwardingFlow.this, cause);
    }
  }
}
