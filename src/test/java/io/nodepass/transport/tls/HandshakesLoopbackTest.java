package io.nodepass.transport.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nodepass.testkit.ForwardingFlow;
import io.nodepass.testkit.LeakExtension;
import io.nodepass.testkit.LoopbackPair;
import io.nodepass.testkit.ManualClock;
import io.nodepass.testkit.TestLoop;
import io.nodepass.transport.Flow;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLEngine;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of handshakes when there are too many. */
@ExtendWith(LeakExtension.class)
class HandshakesLoopbackTest {
  private static final long LIMIT = TimeUnit.SECONDS.toNanos(20);

  private final ManualClock clock = new ManualClock();
  private final TestLoop loop = TestLoop.start(clock);
  private final List<LoopbackPair.OfFlows> pairs = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    for (LoopbackPair.OfFlows pair : pairs) {
      pair.close();
    }
  }

  private LoopbackPair.OfFlows pair() throws Exception {
    LoopbackPair.OfFlows pair = LoopbackPair.flows(loop);
    pairs.add(pair);
    return pair;
  }

  private Handshaking serve(Handshakes handshakes, LoopbackPair.OfFlows pair) throws Exception {
    return serve(handshakes, "here", pair);
  }

  private Handshaking serve(Handshakes handshakes, String network, LoopbackPair.OfFlows pair)
      throws Exception {
    Handshaking outcome = new Handshaking();
    SSLEngine engine = Tls13.server(TestKeys.server());
    loop.run(() -> handshakes.begin(pair.accepted(), network, () -> engine, outcome));
    return outcome;
  }

  private static void expectGivenUp(Handshaking handshaking) throws Exception {
    String reason = handshaking.failure().getMessage();
    assertTrue(reason.endsWith("too many at once, and it was the oldest"), reason);
  }

  private Handshaking dial(LoopbackPair.OfFlows pair) throws Exception {
    return Handshaking.begin(loop, pair.dialled(), Tls13.client(TestKeys.client(), null, 1));
  }

  @Test
  void theOneThatHasKeptUsWaitingLongestMakesRoomForTheNext() throws Exception {
    Handshakes handshakes = new Handshakes(Handshaking.TASKS, 2, 2, LIMIT);
    Handshaking oldest = serve(handshakes, pair());
    LoopbackPair.OfFlows second = pair();
    Handshaking kept = serve(handshakes, second);
    LoopbackPair.OfFlows third = pair();
    Handshaking newest = serve(handshakes, third);
    expectGivenUp(oldest);
    assertEquals(2, loop.call(handshakes::unfinished));
    dial(third).flow();
    newest.flow();
    dial(second).flow();
    kept.flow();
    assertEquals(0, loop.call(handshakes::unfinished));
  }

  @Test
  void aNetworkThatHasAsManyAsItMayMakesRoomForItsNextAmongItsOwn() throws Exception {
    Handshakes handshakes = new Handshakes(Handshaking.TASKS, 8, 2, LIMIT);
    LoopbackPair.OfFlows before = pair();
    Handshaking other = serve(handshakes, "elsewhere", before);
    Handshaking first = serve(handshakes, pair());
    Handshaking second = serve(handshakes, pair());
    Handshaking third = serve(handshakes, pair());
    expectGivenUp(first);
    serve(handshakes, pair());
    expectGivenUp(second);
    assertTrue(!third.isOver(), "given up");
    assertEquals(3, loop.call(handshakes::unfinished));
    dial(before).flow();
    other.flow();
  }

  @Test
  void theNetworkThatHasMostMakesRoomForAnother() throws Exception {
    Handshakes handshakes = new Handshakes(Handshaking.TASKS, 4, 3, LIMIT);
    Handshaking lonely = serve(handshakes, "lonely", pair());
    Handshaking first = serve(handshakes, "crowded", pair());
    serve(handshakes, "crowded", pair());
    serve(handshakes, "crowded", pair());
    Handshaking newest = serve(handshakes, "new", pair());
    expectGivenUp(first);
    assertTrue(!lonely.isOver() && !newest.isOver(), "given up");
    assertEquals(4, loop.call(handshakes::unfinished));
  }

  /** One of a small network does not go for one of a large network. */
  @Test
  void theNetworkThatHasMostGivesWayToItselfAlone() throws Exception {
    Handshakes handshakes = new Handshakes(Handshaking.TASKS, 3, 3, LIMIT);
    Handshaking lonely = serve(handshakes, "lonely", pair());
    Handshaking first = serve(handshakes, "crowded", pair());
    serve(handshakes, "crowded", pair());
    serve(handshakes, "crowded", pair());
    expectGivenUp(first);
    assertTrue(!lonely.isOver(), "given up");
  }

  @Test
  void oneThatHasSaidSomethingOutlivesOneThatHasNot() throws Exception {
    Handshakes handshakes = new Handshakes(Handshaking.TASKS, 8, 2, LIMIT);
    LoopbackPair.OfFlows first = pair();
    Handshaking speaking = serve(handshakes, first);
    Handshaking silent = serve(handshakes, pair());
    loop.run(() -> first.dialled().write(ByteBuffer.wrap(new byte[] {22})));
    loop.turns();
    serve(handshakes, pair());
    expectGivenUp(silent);
    assertTrue(!speaking.isOver(), "given up");
    loop.run(handshakes::clear);
  }

  private Handshaking refused(Handshakes handshakes, String network, LoopbackPair.OfFlows pair)
      throws Exception {
    Handshaking outcome = serve(handshakes, network, pair);
    loop.run(() -> pair.dialled().write(ByteBuffer.wrap(new byte[] {'G', 'E', 'T', ' ', '/'})));
    outcome.failure();
    return outcome;
  }

  @Test
  void thoseThatAreToldWhyTheyWereRefusedCountUntilTheyAreClosed() throws Exception {
    Handshakes handshakes = new Handshakes(Handshaking.TASKS, 4, 2, LIMIT);
    for (int i = 0; i < 3; i++) {
      refused(handshakes, "here", pair());
    }
    assertFalse(pairs.get(0).accepted().isOpen(), "the oldest of its network");
    assertTrue(pairs.get(1).accepted().isOpen());
    for (int i = 0; i < 3; i++) {
      refused(handshakes, "another" + i, pair());
    }
    assertFalse(pairs.get(1).accepted().isOpen(), "the oldest of the network that has most");
    assertEquals(4, loop.call(handshakes::unfinished));
    loop.advance(clock, Duration.ofSeconds(1));
    assertEquals(0, loop.call(handshakes::unfinished));
    assertFalse(pairs.get(2).accepted().isOpen());
  }

  @Test
  void oneThatIsToldWhyItWasRefusedMakesRoomBeforeAnyOther() throws Exception {
    Handshakes handshakes = new Handshakes(Handshaking.TASKS, 4, 2, LIMIT);
    Handshaking silent = serve(handshakes, pair());
    refused(handshakes, "here", pair());
    serve(handshakes, pair());
    assertFalse(pairs.get(1).accepted().isOpen());
    assertTrue(!silent.isOver(), "given up");
  }

  @Test
  void oneThatIsWorkedOnIsNotGivenUpForAnother() throws Exception {
    ExecutorService slow = Executors.newSingleThreadExecutor();
    CountDownLatch go = new CountDownLatch(1);
    try {
      slow.execute(
          () -> {
            try {
              go.await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
          });
      Handshakes handshakes = new Handshakes(slow, 1, 1, LIMIT);
      LoopbackPair.OfFlows first = pair();
      Handshaking busy = serve(handshakes, first);
      Handshaking dialling = dial(first);
      loop.until("a task", () -> first.accepted().interest() == 0);
      Handshaking refused = serve(handshakes, pair());
      String reason = refused.failure().getMessage();
      assertTrue(reason.endsWith("failed: too many at once"), reason);
      go.countDown();
      busy.flow();
      dialling.flow();
    } finally {
      go.countDown();
      slow.shutdown();
      assertTrue(slow.awaitTermination(10, TimeUnit.SECONDS));
    }
  }

  /** A flow that fails as no flow should. */
  private static final class Broken extends ForwardingFlow {
    private final boolean reading;

    Broken(Flow inner, boolean reading) {
      super(inner);
      this.reading = reading;
    }

    @Override
    public int read(ByteBuffer buffer) throws IOException {
      if (reading) {
        throw new OutOfMemoryError("as the test wants it");
      }
      return super.read(buffer);
    }

    @Override
    public int write(ByteBuffer buffer) {
      throw new OutOfMemoryError("as the test wants it");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anErrorEndsTheHandshakeThatItHappensIn(boolean atOnce) throws Exception {
    Handshakes handshakes = new Handshakes(Handshaking.TASKS, 1, 1, LIMIT);
    LoopbackPair.OfFlows pair = pair();
    Broken broken = new Broken(pair.accepted(), atOnce);
    Handshaking outcome = new Handshaking();
    SSLEngine engine = Tls13.server(TestKeys.server());
    loop.run(() -> handshakes.begin(broken, "here", () -> engine, outcome));
    Handshaking dialling = dial(pair);
    String reason = outcome.failure().getMessage();
    assertTrue(reason.endsWith("OutOfMemoryError: as the test wants it"), reason);
    dialling.failure();
    assertFalse(pair.accepted().isOpen());
    expectRoom(handshakes);
  }

  @Test
  void anEngineThatCannotBeMadeRefusesTheConnection() throws Exception {
    Handshakes handshakes = new Handshakes(Handshaking.TASKS, 1, 1, LIMIT);
    LoopbackPair.OfFlows pair = pair();
    Handshaking outcome = new Handshaking();
    loop.run(
        () ->
            handshakes.begin(
                pair.accepted(),
                "here",
                () -> {
                  throw new IllegalStateException("no engine");
                },
                outcome));
    String reason = outcome.failure().getMessage();
    assertTrue(reason.endsWith("IllegalStateException: no engine"), reason);
    assertFalse(pair.accepted().isOpen());
    expectRoom(handshakes);
  }

  /** For as many as there may be, and nobody has to go for them. */
  private void expectRoom(Handshakes handshakes) throws Exception {
    assertEquals(0, loop.call(handshakes::unfinished));
    LoopbackPair.OfFlows next = pair();
    Handshaking served = serve(handshakes, next);
    dial(next).flow();
    served.flow();
    loop.run(handshakes::clear);
  }

  @Test
  void allThatAreUnfinishedEndTogetherWithoutAWord() throws Exception {
    Handshakes handshakes = new Handshakes(Handshaking.TASKS, 8, 8, LIMIT);
    LoopbackPair.OfFlows waiting = pair();
    Handshaking outcome = serve(handshakes, waiting);
    loop.run(handshakes::clear);
    assertEquals(0, loop.call(handshakes::unfinished));
    Handshaking other = dial(waiting);
    other.failure();
    assertTrue(!outcome.isOver(), "told");
  }
}
