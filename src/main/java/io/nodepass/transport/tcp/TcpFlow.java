package io.nodepass.transport.tcp;

import io.nodepass.reactor.EventLoop;
import io.nodepass.reactor.ReadyHandler;
import io.nodepass.transport.Flow;
import io.nodepass.transport.FlowOwner;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketException;
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
  private boolean peerEnded;
  private boolean outputShut;
  private boolean reset;
  private int lookingTurns;

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
      arm();
    }
  }

  private void arm() {
    key.interestOps(lookingTurns > 0 ? interest | SelectionKey.OP_CONNECT : interest);
  }

  @Override
  public int interest() {
    return interest;
  }

  @Override
  public int read(ByteBuffer buffer) throws IOException {
    if (reset) {
      throw new SocketException("Connection reset");
    }
    int n = channel.read(buffer);
    if (n < 0) {
      if (peerEnded) {
        lookForReset();
      }
      peerEnded = true;
    }
    return n;
  }

  /**
   * Once the peer has ended its side, reading says no more than that, even after a reset (Linux
   * does not look for an error then). But a pending error makes a key "ready to connect", and
   * nothing else does on a connected socket; so that is asked for, during the next select only: one
   * that has no error would have the selector return at once each time.
   */
  private void lookForReset() {
    if (lookingTurns == 0 && !outputShut && key.isValid()) {
      lookingTurns = 2; // tasks run before the select, so the first may come before it
      arm();
      loop.execute(this::stopLooking);
    }
  }

  private void stopLooking() {
    if (--lookingTurns > 0) {
      loop.execute(this::stopLooking);
    } else if (key.isValid()) {
      arm();
    }
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
    outputShut = true; // with both sides ended a clean socket "hangs up", which is no reset
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
    if ((ops & SelectionKey.OP_CONNECT) != 0 && !outputShut) {
      reset = true;
      throw new SocketException("Connection reset");
    }
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
