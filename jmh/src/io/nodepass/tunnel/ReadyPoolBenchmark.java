package io.nodepass.tunnel;

import io.nodepass.jmh.Stage;
import io.nodepass.reactor.EventLoop;
import io.nodepass.transport.Flow;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * The server's pool of 64: the oldest connection is taken and another is named and added. Against a
 * map in the order of arrival, and what naming costs in any case.
 */
@State(Scope.Thread)
public class ReadyPoolBenchmark {
  private static final int SEATS = 64;

  final ByteBuffer named = ByteBuffer.allocateDirect(ControlLine.ID_LENGTH);
  final ArrayDeque<Seat> seats = new ArrayDeque<>();
  ReadyPool pool;
  final Map<String, Seat> map = new LinkedHashMap<>();

  @Setup
  public void fill() throws IOException {
    EventLoop loop = Stage.loop();
    pool =
        new ReadyPool(
            loop,
            (connection, reason, gone) -> {
              throw new IllegalStateException(reason);
            });
    for (int i = 0; i < SEATS; i++) {
      Seat seat = new Seat(loop, i);
      seats.add(seat);
      pool.add(seat.flow);
      Seat other = new Seat(loop, i);
      other.flow.write(other.name.rewind());
      map.put(other.id, other);
    }
  }

  @Benchmark
  public Flow ours() throws IOException {
    ReadyPool.Taken taken = pool.take();
    Seat seat = seats.pollFirst();
    if (taken.flow() != seat.flow) {
      throw new IllegalStateException("not the oldest one");
    }
    seat.peer.read(named.clear());
    seats.addLast(seat);
    pool.add(seat.flow);
    return taken.flow();
  }

  @Benchmark
  public Flow reference() {
    Iterator<Seat> oldest = map.values().iterator();
    Seat seat = oldest.next();
    oldest.remove();
    seat.peer.read(named.clear());
    String id = Integer.toHexString(ThreadLocalRandom.current().nextInt() | Integer.MIN_VALUE);
    seat.flow.write(ByteBuffer.wrap(id.getBytes(StandardCharsets.US_ASCII)));
    map.put(id, seat);
    return seat.flow;
  }
}
