package io.nodepass.reactor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nodepass.testkit.Await;
import io.nodepass.testkit.LeakExtension;
import io.nodepass.testkit.ManualClock;
import io.nodepass.testkit.RecordingLog;
import io.nodepass.testkit.TestLoop;
import io.nodepass.testkit.TrackingPool;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.nio.channels.SelectionKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LeakExtension.class)
class EventLoopTest {
  private final ManualClock clock = new ManualClock();
  private final TestLoop test = TestLoop.start(clock);
  private final EventLoop loop = test.loop();

  @Test
  void tasksRunOnTheLoopsThreadInTheOrderOfTheCalls() throws Exception {
    List<Integer> ran = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      int number = i;
      loop.execute(() -> ran.add(loop.inLoop() ? number : -1));
    }
    test.run(() -> assertEquals(100, ran.size()));
    for (int i = 0; i < 100; i++) {
      assertEquals(i, ran.get(i));
    }
    assertFalse(loop.inLoop());
  }

  /** As a flow does that another loop has used for a moment only. */
  @Test
  void aChannelThatHasLeftIsTakenBackBeforeTheNextSelect() throws Exception {
    Pipe pipe = Pipe.open();
    pipe.source().configureBlocking(false);
    SelectionKey[] key = new SelectionKey[1];
    AtomicReference<Throwable> trouble = new AtomicReference<>();
    List<Integer> heard = new ArrayList<>();
    ReadyHandler again = handler(ops -> heard.add(pipe.source().read(ByteBuffer.allocate(8))));
    // The selector has not forgotten the cancelled key yet when the task is run.
    ReadyHandler leaving =
        handler(
            ops -> {
              key[0].cancel();
              loop.execute(
                  () -> {
                    try {
                      loop.register(pipe.source(), SelectionKey.OP_READ, again);
                    } catch (Throwable e) {
                      trouble.set(e);
                    }
                  });
            });
    test.run(() -> key[0] = loop.register(pipe.source(), SelectionKey.OP_READ, leaving));
    pipe.sink().write(ByteBuffer.allocate(1));
    Await.until(
        "the byte was read",
        Duration.ofSeconds(5),
        () -> trouble.get() != null || test.call(() -> !heard.isEmpty()));
    assertNull(trouble.get());
    test.run(() -> pipe.source().close());
    pipe.sink().close();
  }

  @Test
  void onTheLoopItselfATaskIsRunAtOnceWhereThatIsAskedFor() throws Exception {
    List<String> order = new ArrayList<>();
    test.run(
        () -> {
          loop.execute(() -> order.add("executed"));
          loop.runOrExecute(() -> order.add("at once"));
          order.add("after");
        });
    loop.runOrExecute(() -> order.add("from outside"));
    test.turns();
    assertEquals(List.of("at once", "after", "executed", "from outside"), order);
  }

  @Test
  void aTaskThatThrowsIsLoggedAndTheLoopGoesOn() throws Exception {
    loop.execute(
        () -> {
          throw new IllegalStateException("task trouble");
        });
    loop.execute(
        () -> {
          throw new StackOverflowError("deep trouble");
        });
    test.turns();
    List<String> lines = test.log().take();
    assertEquals(2, lines.size(), lines::toString);
    assertTrue(lines.get(0).contains("task trouble"), lines::toString);
    assertTrue(lines.get(1).contains("deep trouble"), lines::toString);
  }

  @Test
  void aTimerThatThrowsIsLoggedAndTheOthersFire() throws Exception {
    List<String> fired = new ArrayList<>();
    Timer wrong =
        new Timer(
            () -> {
              throw new IllegalStateException("timer trouble");
            });
    Timer right = new Timer(() -> fired.add("right"));
    test.run(
        () -> {
          loop.schedule(wrong, 5);
          loop.schedule(right, 6);
        });
    test.advance(clock, Duration.ofNanos(10));
    assertEquals(List.of("right"), fired);
    assertTrue(test.log().take().get(0).contains("timer trouble"));
  }

  @Test
  void aHandlerThatThrowsIsToldAndTheLoopGoesOnEvenIfItThrowsAgain() throws Exception {
    Pipe pipe = readablePipe();
    AtomicReference<Throwable> told = new AtomicReference<>();
    test.run(
        () ->
            loop.register(
                pipe.source(),
                SelectionKey.OP_READ,
                new ReadyHandler() {
                  @Override
                  public void ready(int ops) throws IOException {
                    throw new IOException("handler trouble");
                  }

                  @Override
                  public void failed(Throwable cause) {
                    told.set(cause);
                    close(pipe);
                    throw new IllegalStateException("and again");
                  }
                }));
    test.until("the handler is told", () -> told.get() != null);
    assertEquals("handler trouble", told.get().getMessage());
    test.turns();
    List<String> lines = test.log().take();
    assertEquals(1, lines.size(), lines::toString);
    assertTrue(lines.get(0).contains("and again"), lines::toString);
  }

  @Test
  void aChannelThatWasClosedInTheSameTurnIsNotToldOfAnyMore() throws Exception {
    Pipe[] pipes = {readablePipe(), readablePipe()};
    List<Integer> told = new ArrayList<>();
    test.run(
        () -> {
          for (int i = 0; i < 2; i++) {
            int mine = i;
            loop.register(
                pipes[i].source(),
                SelectionKey.OP_READ,
                handler(
                    ops -> {
                      told.add(mine);
                      close(pipes[0]);
                      close(pipes[1]);
                    }));
          }
        });
    test.turns();
    assertEquals(1, told.size(), told::toString);
  }

  @Test
  void timersFireInTheOrderOfTheirDeadlinesAndNotBefore() throws Exception {
    List<String> fired = new ArrayList<>();
    test.run(
        () -> {
          loop.schedule(new Timer(() -> fired.add("late")), 3_000_000_000L);
          loop.schedule(new Timer(() -> fired.add("early")), 1_000_000_000L);
          loop.schedule(new Timer(() -> fired.add("middle")), 2_000_000_000L);
        });
    test.advance(clock, Duration.ofNanos(999_999_999L));
    assertEquals(List.of(), fired);
    test.advance(clock, Duration.ofNanos(1));
    assertEquals(List.of("early"), fired);
    test.advance(clock, Duration.ofSeconds(5));
    assertEquals(List.of("early", "middle", "late"), fired);
    test.run(() -> assertEquals(clock.nanos(), loop.now()));
    assertEquals(clock.nanos(), loop.time());
  }

  @Test
  void aCancelledTimerIsSilentUntilItIsScheduledAgainAndAMovedOneFiresOnce() throws Exception {
    List<String> fired = new ArrayList<>();
    Timer cancelled = new Timer(() -> fired.add("cancelled"));
    Timer moved = new Timer(() -> fired.add("moved"));
    test.run(
        () -> {
          loop.schedule(cancelled, 10);
          loop.cancel(cancelled);
          loop.schedule(moved, 10);
          loop.schedule(moved, 1_000);
        });
    test.advance(clock, Duration.ofNanos(999));
    assertEquals(List.of(), fired);
    test.advance(clock, Duration.ofNanos(1));
    assertEquals(List.of("moved"), fired);
    test.run(() -> loop.schedule(cancelled, 10));
    test.advance(clock, Duration.ofSeconds(1));
    assertEquals(List.of("moved", "cancelled"), fired);
  }

  @Test
  void aDelayOfForEverKeepsNobodyElseWaiting() throws Exception {
    List<String> fired = new ArrayList<>();
    test.run(
        () -> {
          loop.schedule(new Timer(() -> fired.add("overdue")), 10);
          clock.advance(Duration.ofHours(1));
          loop.schedule(new Timer(() -> fired.add("never")), Long.MAX_VALUE);
        });
    test.turns();
    assertEquals(List.of("overdue"), fired);
  }

  @Test
  void aTimerThatSchedulesItselfDoesNotHoldTheLoop() throws Exception {
    TestLoop quick = TestLoop.start();
    int[] fired = new int[1];
    Timer[] timer = new Timer[1];
    timer[0] =
        new Timer(
            () -> {
              fired[0]++;
              quick.loop().schedule(timer[0], 0);
            });
    Pipe pipe = readablePipe();
    boolean[] told = new boolean[1];
    quick.run(
        () -> {
          quick.loop().schedule(timer[0], 0);
          quick
              .loop()
              .register(
                  pipe.source(),
                  SelectionKey.OP_READ,
                  handler(
                      ops -> {
                        told[0] = true;
                        close(pipe);
                      }));
        });
    quick.until("it fired often", () -> fired[0] > 100);
    quick.until("a channel was served beside it", () -> told[0]);
    quick.run(() -> quick.loop().cancel(timer[0]));
  }

  @Test
  void aLoopWakesUpForATimerWithoutAnyHelp() throws Exception {
    TestLoop quick = TestLoop.start();
    java.util.concurrent.CountDownLatch fired = new java.util.concurrent.CountDownLatch(1);
    quick.run(() -> quick.loop().schedule(new Timer(fired::countDown), 20_000_000));
    assertTrue(fired.await(20, java.util.concurrent.TimeUnit.SECONDS));
  }

  @Test
  void theLoadIsWhatWasCountedInAndOut() throws Exception {
    test.run(
        () -> {
          loop.addLoad(1);
          loop.addLoad(1);
          loop.addLoad(-1);
        });
    assertEquals(1, loop.load());
    assertSame(test.pool(), loop.buffers());
  }

  @Test
  void closingRunsWhatIsInTheMailboxTellsTheOwnersAndClosesTheChannels() throws Exception {
    Pipe pipe = Pipe.open();
    pipe.source().configureBlocking(false);
    List<String> ran = new ArrayList<>();
    ReadyHandler owner =
        new ReadyHandler() {
          @Override
          public void ready(int ops) {}

          @Override
          public void failed(Throwable cause) {
            ran.add(cause.getMessage() + (pipe.source().isOpen() ? "" : ", too late"));
          }
        };
    test.run(() -> loop.register(pipe.source(), SelectionKey.OP_READ, owner));
    assertEquals(1, (int) test.call(loop::channels));
    test.run(
        () -> {
          loop.close(); // from here on nothing is selected any more
          loop.execute(() -> ran.add("still"));
        });
    loop.close();
    assertEquals(List.of("still", "the event loop has ended"), ran);
    assertFalse(pipe.source().isOpen());
    assertThrows(RejectedExecutionException.class, () -> loop.execute(() -> {}));
    loop.close();
    pipe.sink().close();
  }

  @Test
  void aLoopThatWasNeverStartedCanBeClosedAndClosedAgain() throws Exception {
    RecordingLog log = new RecordingLog();
    EventLoop idle = new EventLoop("nodepass-idle", clock, new TrackingPool(), log);
    List<String> ran = new ArrayList<>();
    idle.execute(() -> ran.add("what was there"));
    idle.close();
    idle.close();
    assertEquals(List.of("what was there"), ran);
    assertThrows(RejectedExecutionException.class, () -> idle.execute(() -> {}));
    assertEquals(List.of(), log.take());
  }

  private static Pipe readablePipe() throws IOException {
    Pipe pipe = Pipe.open();
    pipe.source().configureBlocking(false);
    pipe.sink().write(ByteBuffer.allocate(1));
    return pipe;
  }

  private static void close(Pipe pipe) {
    try {
      pipe.source().close();
      pipe.sink().close();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private interface Ready {
    void ready(int ops) throws IOException;
  }

  private static ReadyHandler handler(Ready ready) {
    return new ReadyHandler() {
      @Override
      public void ready(int ops) throws IOException {
        ready.ready(ops);
      }

      @Override
      public void failed(Throwable cause) {
        throw new AssertionError(cause);
      }
    };
  }
}
