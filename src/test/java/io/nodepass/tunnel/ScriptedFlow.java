package io.nodepass.tunnel;

import io.nodepass.buffer.BufferPool;
import io.nodepass.reactor.Clock;
import io.nodepass.reactor.EventLoop;
import io.nodepass.transport.Flow;
import io.nodepass.transport.FlowOwner;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;

/** A flow in memory that reads what a test has queued and takes as many bytes as it is told to. */
final class ScriptedFlow implements Flow {
  private final EventLoop loop;
  private final ArrayDeque<byte[]> incoming = new ArrayDeque<>();
  private final StringBuilder written = new StringBuilder();
  private FlowOwner owner;
  private int interest;
  private boolean inputEnded;
  int room = Integer.MAX_VALUE;
  int closes;
  int aborts;

  ScriptedFlow() throws IOException {
    this.loop = new EventLoop("never started", Clock.SYSTEM, new BufferPool(1, 1), new KeptLog());
    loop.close(); // only its buffers are needed
  }

  /** One piece that one read returns. */
  void incoming(String piece) {
    incoming.add(piece.getBytes(StandardCharsets.ISO_8859_1));
  }

  void endOfInput() {
    inputEnded = true;
  }

  String written() {
    return written.toString();
  }

  /** What a loop does while the flow is ready: tells the owner, and hands it what it throws. */
  void becomes(int ready) {
    try {
      owner.ready(this, ready & interest);
    } catch (IOException e) {
      owner.failed(this, e);
    }
  }

  @Override
  public int read(ByteBuffer buffer) {
    if (incoming.isEmpty()) {
      return inputEnded ? -1 : 0;
    }
    byte[] piece = incoming.poll();
    buffer.put(piece);
    return piece.length;
  }

  @Override
  public int write(ByteBuffer buffer) {
    int n = Math.min(room, buffer.remaining());
    for (int i = 0; i < n; i++) {
      written.append((char) buffer.get());
    }
    room -= n;
    return n;
  }

  @Override
  public long write(ByteBuffer[] buffers) {
    return write(buffers, 0, buffers.length);
  }

  @Override
  public long write(ByteBuffer[] buffers, int offset, int length) {
    long n = 0;
    for (int i = offset; i < offset + length; i++) {
      n += write(buffers[i]);
    }
    return n;
  }

  @Override
  public EventLoop loop() {
    return loop;
  }

  @Override
  public void leave() {
    throw new UnsupportedOperationException("a scripted flow stays where it is");
  }

  @Override
  public void join(EventLoop loop) {
    throw new UnsupportedOperationException("a scripted flow stays where it is");
  }

  @Override
  public void attach(FlowOwner owner) {
    this.owner = owner;
  }

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
  public void abort(Throwable cause) {
    aborts++;
  }

  @Override
  public SocketAddress remote() {
    return InetSocketAddress.createUnresolved("scripted", 1);
  }

  @Override
  public boolean isOpen() {
    return closes == 0 && aborts == 0;
  }

  @Override
  public void close() {
    closes++;
  }
}
