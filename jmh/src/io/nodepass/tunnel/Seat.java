package io.nodepass.tunnel;

import io.nodepass.jmh.PipeFlow;
import io.nodepass.reactor.EventLoop;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** A data connection that a benchmark uses again and again; both ends are in its hands. */
final class Seat {
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
}
