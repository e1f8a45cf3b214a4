package io.nodepass.relay;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nodepass.testkit.ChunkedFlow;
import io.nodepass.testkit.ManualClock;
import io.nodepass.testkit.StalledFlow;
import io.nodepass.testkit.TestLoop;
import io.nodepass.testkit.TrackingPool;
import io.nodepass.transport.Flow;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.IntRange;

class RelayPropertyTest {
  private enum Kind {
    WRITE,
    READ,
    END,
    ABORT,
    STALL,
    RELEASE
  }

  /**
   * One thing that happens at one side.
   *
   * @param pause how many rounds of the loop's mailbox pass afterwards
   */
  private record Step(Kind kind, boolean atUser, int size, int pause) {}

  @Provide
  Arbitrary<List<Step>> steps() {
    Arbitrary<Kind> kinds =
        Arbitraries.frequency(
            Tuple.of(12, Kind.WRITE),
            Tuple.of(12, Kind.READ),
            Tuple.of(2, Kind.END),
            Tuple.of(1, Kind.ABORT),
            Tuple.of(3, Kind.STALL),
            Tuple.of(3, Kind.RELEASE));
    return Combinators.combine(
            kinds,
            Arbitraries.of(true, false),
            Arbitraries.integers().between(0, 3_000),
            Arbitraries.integers().between(0, 3))
        .as(Step::new)
        .list()
        .ofMaxSize(80);
  }

  @Property(tries = 400)
  void backpressure(
      @ForAll("steps") List<Step> steps,
      @ForAll @IntRange(min = 1, max = 2_000) int capacity,
      @ForAll @IntRange(min = 1, max = 2_000) int chunk,
      @ForAll @IntRange(min = 0, max = 2) int buffers)
      throws Exception {
    ManualClock clock = new ManualClock();
    try (TestLoop loop = TestLoop.start(clock, new TrackingPool(buffers, buffers))) {
      Script script = loop.call(() -> new Script(loop, capacity, chunk));
      for (Step step : steps) {
        loop.run(() -> script.run(step));
        for (int i = 0; i < step.pause; i++) {
          loop.run(script::check);
        }
      }
      loop.run(script::settle);
      loop.until(
          "the relay ends",
          () -> {
            clock.advance(Duration.ofSeconds(5)); // for those that only a look can find
            script.drain();
            return script.over();
          });
      loop.run(script::conclude);
    }
  }

  /** A relay whose two peers do as they are told, and what must be true of it. */
  private static final class Script {
    private final TestLoop loop;
    private final RelayFixture fixture;
    private final Peer user;
    private final Peer target;
    private StalledFlow userSink;
    private StalledFlow targetSink;
    private boolean aborted;

    Script(TestLoop loop, int capacity, int chunk) {
      this.loop = loop;
      RelayLimits patient = new RelayLimits(Long.MAX_VALUE, Long.MAX_VALUE, 1_000_000_000L);
      this.fixture =
          new RelayFixture(
              loop,
              capacity,
              patient,
              flow -> userSink = new StalledFlow(new ChunkedFlow(flow, chunk)),
              flow -> targetSink = new StalledFlow(new ChunkedFlow(flow, chunk)));
      userSink.release();
      targetSink.release();
      this.user = new Peer(fixture.userPeer());
      this.target = new Peer(fixture.targetPeer());
      fixture.relay().start(null);
      check();
    }

    void run(Step step) {
      Peer peer = step.atUser ? user : target;
      StalledFlow sink = step.atUser ? userSink : targetSink;
      switch (step.kind) {
        case WRITE -> peer.write(step.size);
        case READ -> peer.read(step.size);
        case END -> peer.end();
        case ABORT -> {
          aborted = true;
          peer.flow.abort(null);
        }
        case STALL -> sink.stall();
        case RELEASE -> sink.release();
      }
      check();
    }

    void check() {
      fixture.assertBackpressure(loop);
      user.assertPrefixOf(target);
      target.assertPrefixOf(user);
    }

    /** Whatever was held up may go on, and those that have not ended do. */
    void settle() {
      userSink.release();
      targetSink.release();
      user.end();
      target.end();
    }

    void drain() {
      check();
      user.read(10_000);
      target.read(10_000);
    }

    boolean over() {
      return fixture.ended() && user.finished() && target.finished();
    }

    void conclude() {
      check();
      assertTrue(fixture.ended());
      if (!aborted) {
        assertNull(fixture.failed());
        assertTrue(user.endSeen && target.endSeen);
        assertArrayEquals(user.written.toByteArray(), target.read.toByteArray());
        assertArrayEquals(target.written.toByteArray(), user.read.toByteArray());
        assertEquals(user.written.size(), fixture.relay().bytesIn());
        assertEquals(target.written.size(), fixture.relay().bytesOut());
      }
      fixture.abort();
    }
  }

  private static final class Peer {
    private final Flow flow;
    private final ByteArrayOutputStream written = new ByteArrayOutputStream();
    private final ByteArrayOutputStream read = new ByteArrayOutputStream();
    private boolean ended;
    private boolean endSeen;
    private boolean broken;

    Peer(Flow flow) {
      this.flow = flow;
    }

    void write(int size) {
      if (ended || broken || !flow.isOpen()) {
        return;
      }
      byte[] bytes = new byte[size];
      for (int i = 0; i < size; i++) {
        bytes[i] = (byte) (((written.size() + i) * 31) >>> 2);
      }
      try {
        written.write(bytes, 0, flow.write(ByteBuffer.wrap(bytes)));
      } catch (IOException e) {
        broken = true;
      }
    }

    void read(int size) {
      if (broken || endSeen || !flow.isOpen()) {
        return;
      }
      ByteBuffer buffer = ByteBuffer.allocate(size);
      try {
        endSeen = flow.read(buffer) < 0;
        read.write(buffer.array(), 0, buffer.position());
      } catch (IOException e) {
        broken = true;
      }
    }

    void end() {
      if (!ended && flow.isOpen()) {
        ended = true;
        try {
          flow.shutdownOutput();
        } catch (IOException e) {
          broken = true;
        }
      }
    }

    boolean finished() {
      return broken || endSeen || !flow.isOpen();
    }

    /** What has come out is what went in, so far; and no end that nobody sent. */
    void assertPrefixOf(Peer sender) {
      byte[] in = sender.written.toByteArray();
      byte[] out = read.toByteArray();
      assertTrue(out.length <= in.length, "bytes from nowhere");
      assertArrayEquals(Arrays.copyOf(in, out.length), out);
      if (endSeen) {
        assertTrue(sender.ended, "an end that nobody sent");
        assertEquals(in.length, out.length, "an end before the last byte");
      }
    }
  }
}
