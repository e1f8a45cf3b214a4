package io.nodepass.tunnel;

import io.nodepass.jmh.PipeFlow;
import io.nodepass.reactor.EventLoop;
import io.nodepass.transport.Arrival;
import io.nodepass.transport.Flow;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** A data connection that a benchmark uses again and again; both ends are in its hands. */
final class Seat implements Arrival {
  final String id;
  final ByteBuffer name = ByteBuffer.allocateDirect(ControlLine.ID_LENGTH);
  final PipeFlow flow;
  final PipeFlow peer;

  Seat(EventLoop loop, int number) {
    PipeFlow[] pipe = PipeFlow.pair(loop, ControlLine.ID_LENGTH);
    flow = pipe[0];
    peer = pipe[1];
    id = ReadyPool.hex(number);
    name.put(id.getBytes(StandardCharsets.US_ASCII)).flip();
  }

  @Override
  public InetSocketAddress remote() {
    throw new UnsupportedOperationException("a pool does not ask for it");
  }

  @Override
  public Flow bind(EventLoop loop) {
    return flow;
  }

  @Override
  public void abort() {
    throw new IllegalStateException("nothing fails here");
  }
}
