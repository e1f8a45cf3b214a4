package io.nodepass.transport;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nodepass.testkit.Await;
import io.nodepass.testkit.LeakExtension;
import io.nodepass.testkit.TestLoop;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(LeakExtension.class)
class ResolverTest {
  private static final InetAddress[] FOUND = {InetAddress.getLoopbackAddress()};

  private final TestLoop loop = TestLoop.start();
  private final CountDownLatch open = new CountDownLatch(1);
  private final AtomicInteger lookups = new AtomicInteger();
  private final Resolver resolver = new Resolver(this::look);

  /** On the loop's thread only. */
  private final List<String> answers = new ArrayList<>();

  private InetAddress[] look(String host) throws UnknownHostException {
    lookups.incrementAndGet();
    try {
      assertTrue(open.await(20, TimeUnit.SECONDS), "the test never let it go on");
    } catch (InterruptedException e) {
      throw new UnknownHostException("interrupted");
    }
    switch (host) {
      case "unknown" -> throw new UnknownHostException(host);
      case "broken" -> throw new IllegalStateException("no resolver at all");
      default -> {
        return FOUND;
      }
    }
  }

  private void resolve(String host) throws Exception {
    loop.run(() -> resolver.resolve(host, loop.loop(), callback(host)));
  }

  private Resolver.Callback callback(String host) {
    return new Resolver.Callback() {
      @Override
      public void resolved(InetAddress[] addresses) {
        assertTrue(loop.loop().inLoop());
        assertArrayEquals(FOUND, addresses);
        answers.add(host);
      }

      @Override
      public void failed(IOException cause) {
        assertTrue(loop.loop().inLoop());
        answers.add(cause.getMessage());
      }
    };
  }

  @AfterEach
  void close() {
    open.countDown();
    resolver.close();
  }

  @Test
  void theAnswerComesOnTheLoopWhichIsNotHeldUpMeanwhile() throws Exception {
    resolve("name");
    loop.turns();
    assertEquals(List.of(), answers);
    open.countDown();
    loop.until("the answer", () -> answers.equals(List.of("name")));
  }

  @Test
  void thoseWhoAskForTheSameNameShareOneLookUp() throws Exception {
    for (int i = 0; i < 50; i++) {
      resolve("name");
    }
    open.countDown();
    loop.until("all answers", () -> answers.size() == 50);
    assertEquals(1, lookups.get());
    resolve("name");
    loop.until("a later answer", () -> answers.size() == 51);
    assertEquals(2, lookups.get(), "an answer is not kept");
  }

  @Test
  void aSlowNameKeepsNoOtherWaiting() throws Exception {
    CountDownLatch slow = new CountDownLatch(1);
    try (Resolver mixed =
        new Resolver(
            host -> {
              if (host.equals("slow")) {
                awaitOrGiveUp(slow);
              }
              return FOUND;
            })) {
      loop.run(() -> mixed.resolve("slow", loop.loop(), callback("slow")));
      loop.run(() -> mixed.resolve("quick", loop.loop(), callback("quick")));
      loop.until("the quick one", () -> answers.equals(List.of("quick")));
      slow.countDown();
      loop.until("the slow one", () -> answers.size() == 2);
    }
  }

  @Test
  void aNameThatIsNotFoundIsNamedInTheFailure() throws Exception {
    open.countDown();
    resolve("unknown");
    loop.until("the answer", () -> answers.size() == 1);
    assertEquals("look-up of unknown: name not found", answers.get(0));
  }

  @Test
  void whateverElseGoesWrongIsAFailureToo() throws Exception {
    open.countDown();
    resolve("broken");
    loop.until("the answer", () -> answers.size() == 1);
    assertTrue(answers.get(0).contains("no resolver at all"), answers::toString);
    resolve("name");
    loop.until("the next answer", () -> answers.contains("name"));
  }

  @Test
  void whenTooManyAreUnderWayTheNextFailsAtOnceAndTheOthersAreAnswered() throws Exception {
    for (int i = 0; i < 16; i++) {
      resolve("name" + i);
    }
    loop.run(
        () -> {
          resolver.resolve("one more", loop.loop(), callback("one more"));
          assertEquals(List.of(), answers, "never before the call has returned");
        });
    loop.until("the refusal", () -> answers.size() == 1);
    assertTrue(answers.get(0).startsWith("look-up of one more: "), answers::toString);
    open.countDown();
    loop.until("the others", () -> answers.size() == 17);
  }

  @Test
  void aLoopThatHasEndedMissesItsAnswerAndNobodyElseDoes() throws Exception {
    TestLoop gone = TestLoop.start();
    gone.run(() -> resolver.resolve("name", gone.loop(), callback("gone")));
    resolve("name");
    gone.close();
    open.countDown();
    loop.until("the answer", () -> answers.equals(List.of("name")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "127.0.0.1", "0.0.0.0", "255.255.255.255", "::1", "fe80::1%eth0", "::"})
  void anAddressNeedsNoLookUp(String host) {
    assertTrue(Resolver.isLiteral(host));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "localhost",
        "example.com",
        "1.2.3.4.example",
        "a",
        "300.1.1.1",
        "1.2.3",
        "1.2.3.4.5",
        "1..2.3",
        ".",
        "99999999999",
        "1.2.3.4444",
        "1.2.3."
      })
  void anythingElseDoes(String host) {
    assertFalse(Resolver.isLiteral(host));
  }

  private static void awaitOrGiveUp(CountDownLatch latch) throws UnknownHostException {
    try {
      assertTrue(latch.await(20, TimeUnit.SECONDS));
    } catch (InterruptedException e) {
      throw new UnknownHostException("interrupted");
    }
  }

  @Test
  void anInterruptOfTheCallerDoesNotLeaveAThreadBehind() throws Exception {
    AtomicReference<Thread> looker = new AtomicReference<>();
    Resolver slow =
        new Resolver(
            host -> {
              looker.set(Thread.currentThread());
              long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(100);
              while (System.nanoTime() < end) {
                LockSupport.parkNanos(end - System.nanoTime()); // as in a call of the system
              }
              looker.set(null);
              return FOUND;
            });
    loop.run(() -> slow.resolve("slow", loop.loop(), callback("slow")));
    Await.until("a look-up", TestLoop.DEADLINE, () -> looker.get() != null);
    Thread.currentThread().interrupt();
    slow.close();
    assertTrue(Thread.interrupted(), "the interrupt is gone");
    assertNull(looker.get());
  }
}
