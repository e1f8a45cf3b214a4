package io.nodepass.transport.tcp;

import io.nodepass.reactor.EventLoop;
import io.nodepass.reactor.ReadyHandler;
import io.nodepass.transport.Flow;
import io.nodepass.transport.FlowOwner;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;

/**
 * A connected socket as a {@link Flow}: reading and writing are the socket's own, with nothing in
 * between.
 */
public final class TcpFlow implements Flow, ReadyHandler {
  private final SocketChannel channel;
  private final SocketAddress remote;
  private EventLoop loop;
  private SelectionKey key;
  private FlowOwner owner;
  private int interest;

  /**
   * Registers a connected channel with the loop. On the loop's thread. The times of {@link
   * KeepAlive} have been set already, on the channel or on the listener that accepted it.
   *
   * @throws IOException when the channel is closed or its socket has failed
   */
  TcpFlow(EventLoop loop, SocketChannel channel, SocketAddress remote) throws IOException {
    this.channel = channel;
    this.remote = remote;
    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
    this.loop = loop;
    this.key = loop.register(channel, 0, this);
  }

  @Override
  public void leave() {
    key.cancel();
    interest = 0;
    owner = null;
  }

  @Override
  public void join(EventLoop loop) throws IOException {
    this.loop = loop;
    this.key = loop.register(channel, 0, this);
  }

  @Override
  public EventLoop loop() {
    return loop;
  }

  @Override
  public SocketAddress remote() {
    return remote;
  }

  @Override
  public void attach(FlowOwner owner) {
    this.owner = owner;
  }

  @Override
  public void interest(int ops) {
    if (ops != interest && key.isValid()) {
      interest = ops;
      key.interestOps(ops);
    }
  }

  @Override
  public int interest() {
    return interest;
  }

  @Override
  public int read(ByteBuffer buffer) throws IOException {
    return channel.read(buffer);
  }

  @Override
  public int write(ByteBuffer buffer) throws IOException {
    return channel.write(buffer);
  }

  @Override
  public long write(ByteBuffer[] buffers) throws IOException {
    return channel.write(buffers);
  }

  @Override
  public long write(ByteBuffer[] buffers, int offset, int length) throws IOException {
    return channel.write(buffers, offset, length);
  }

  @Override
  public void shutdownOutput() throws IOException {
    channel.shutdownOutput();
  }

  @Override
  public void abort(Throwable cause) {
    Sockets.abort(channel);
  }

  @Override
  public boolean isOpen() {
    return channel.isOpen();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  @Override
  public void ready(int ops) throws IOException {
    int wanted = ops & interest;
    if (owner != null && wanted != 0) {
      owner.ready(this, wanted);
    }
  }

  @Override
  public void failed(Throwable cause) {
    if (owner != null) {
      owner.failed(this, cause);
    } else {
      abort(cause);
    }
  }

  @Override
  public String toString() {
    return "tcp " + remote;
  }
}
