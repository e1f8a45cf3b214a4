package io.nodepass.tunnel;

import io.nodepass.config.Limits;
import io.nodepass.jmh.Stage;
import io.nodepass.reactor.EventLoop;
import io.nodepass.transport.Dialer;
import io.nodepass.transport.Flow;
import io.nodepass.transport.FlowOwner;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * The client's pool of 64: one connection is taken by its id, another is dialled for it (which
 * succeeds at once) and named. Against a map, and what reading the name costs in any case.
 */
@State(Scope.Thread)
public class ClientPoolBenchmark {
  private static final int SEATS = 64;
  private static final InetSocketAddress NOWHERE = InetSocketAddress.createUnresolved("nowhere", 1);

  final ArrayDeque<Seat> free = new ArrayDeque<>();
  final ArrayDeque<Seat> dialled = new ArrayDeque<>();
  final ArrayDeque<FlowOwner> unnamed = new ArrayDeque<>();
  final ArrayDeque<Seat> pooled = new ArrayDeque<>();
  final ArrayDeque<Seat> mapped = new ArrayDeque<>();
  final Map<String, Seat> map = new HashMap<>();
  ClientPool pool;

  @Setup
  public void fill() throws IOException {
    EventLoop loop = Stage.loop();
    Limits usual = Limits.DEFAULTS;
    Limits limits =
        new Limits(
            usual.semaphore(),
            SEATS,
            SEATS,
            usual.udpBuffer(),
            usual.udpReadTimeout(),
            usual.reportInterval(),
            usual.reloadInterval(),
            usual.cooldown(),
            usual.shutdownTimeout());
    for (int i = 0; i < SEATS; i++) {
      free.addLast(new Seat(loop, i));
      mapped.addLast(new Seat(loop, i));
      map.put(mapped.peekLast().id, mapped.peekLast());
    }
    ClientSecurity.Dialling dialling =
        new ClientSecurity.Dialling(this::dial, ClientSecurity.MOST_PLAIN_DIALS);
    pool = new ClientPool(loop, dialling, NOWHERE, limits, new Quiet());
    pool.refill();
    while (!unnamed.isEmpty()) {
      name();
    }
    if (pool.size() != SEATS) {
      throw new IllegalStateException("the pool has " + pool.size());
    }
  }

  /** Every dial succeeds before it returns. */
  private Dialer.Dial dial(
      EventLoop loop, InetSocketAddress address, long timeout, Dialer.Callback callback) {
    Seat seat = free.pollFirst();
    callback.connected(seat.flow);
    dialled.addLast(seat);
    unnamed.addLast((FlowOwner) callback);
    return null;
  }

  private static final class Quiet implements ClientPool.Watcher {
    @Override
    public void named(PooledConnection connection) {}

    @Override
    public void gone(PooledConnection connection) {
      throw new IllegalStateException("nothing dies here");
    }

    @Override
    public void failing(String reason, long pauseNanos) {
      throw new IllegalStateException(reason);
    }
  }

  /** The name of the connection that was dialled first arrives. */
  private void name() throws IOException {
    Seat seat = dialled.pollFirst();
    seat.peer.write(seat.name.rewind());
    unnamed.pollFirst().ready(seat.flow, Flow.READ);
    pooled.addLast(seat);
  }

  @Benchmark
  public Flow ours() throws IOException {
    Seat seat = pooled.pollFirst();
    free.addLast(seat);
    Flow flow = pool.take(seat.id).take();
    name();
    return flow;
  }

  @Benchmark
  public Flow reference() {
    Seat next = mapped.pollFirst();
    mapped.addLast(next);
    Seat seat = map.remove(next.id);
    seat.peer.write(seat.name.rewind());
    byte[] name = new byte[ControlLine.ID_LENGTH];
    seat.flow.read(ByteBuffer.wrap(name));
    map.put(new String(name, StandardCharsets.ISO_8859_1), seat);
    return seat.flow;
  }
}
