package io.nodepass.transport.framed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nodepass.testkit.ChunkedFlow;
import io.nodepass.testkit.FlowPair;
import io.nodepass.testkit.LeakExtension;
import io.nodepass.testkit.StalledFlow;
import io.nodepass.testkit.TestLoop;
import io.nodepass.transport.ConnectedFlows;
import io.nodepass.transport.Flow;
import io.nodepass.transport.FlowOwner;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Random lives of connections: both ends write, read, end, stall, move and abort as they like.
 * Every byte says which flow, which direction and which place it is of, so one that shows anywhere
 * else is found; an end comes after all of them, an abort on one side is one on the other.
 */
@ExtendWith(LeakExtension.class)
class FramedPropertyTest {
  private static final int CONNECTIONS = 80;
  private static final int MOST_USES = 6;
  private static final int MOST_STEPS = 120;
  private static final int MOST_BYTES = 70_000;

  private final TestLoop loop = TestLoop.start();
  private SplittableRandom random;
  private int cleanUses;
  private int aborts;
  private volatile AssertionError wrong;

  @Test
  void whatIsWrittenArrivesWholeOrIsAborted() throws Exception {
    long seed = new Random().nextLong();
    System.out.println("FramedPropertyTest seed " + seed);
    try {
      run(seed);
    } catch (Throwable e) {
      throw new AssertionError("seed " + seed, e);
    }
  }

  @Test
  void withThisSeedToo() throws Exception {
    run(0x5eedL);
    assertTrue(cleanUses > CONNECTIONS / 2, () -> cleanUses + " clean uses");
    assertTrue(aborts > CONNECTIONS / 10, () -> aborts + " aborts");
  }

  private void run(long seed) throws Exception {
    SplittableRandom seeds = new SplittableRandom(seed);
    for (int i = 0; i < CONNECTIONS; i++) {
      random = seeds.split();
      new Life().run();
    }
    assertEquals(0, loop.pool().out(), () -> loop.pool().leaks().toString());
    assertEquals(0, (int) loop.call(loop.loop()::deliveries));
  }

  private int upTo(int most) {
    // Small ones are as likely as large ones.
    return random.nextInt(1 + random.nextInt(1 + random.nextInt(most)));
  }

  private static byte byteAt(int use, int side, long index) {
    long mixed = (use * 31L + side * 17L + index) * 0x9E3779B97F4A7C15L;
    return (byte) (mixed >>> 40);
  }

  /** One end of one flow, and what the model knows of it. */
  private final class Side implements FlowOwner {
    final int use;
    final int id;
    final Flow flow;
    final boolean eager = random.nextBoolean();
    Side peer;
    long accepted;
    long received;
    boolean shut;
    boolean ended;
    boolean closed;
    boolean aborted;
    Throwable failure;

    Side(int use, int id, Flow flow) {
      this.use = use;
      this.id = id;
      this.flow = flow;
      flow.attach(this);
      flow.interest(eager ? Flow.READ : 0);
    }

    @Override
    public void ready(Flow flow, int ops) throws IOException {
      assertFalse(closed, "told after its end");
      if ((ops & Flow.READ) != 0) {
        read();
      }
    }

    @Override
    public void failed(Flow flow, Throwable cause) {
      assertFalse(closed, "failed after its end");
      fail(cause);
    }

    void fail(Throwable cause) {
      if (cause instanceof AssertionError e && wrong == null) {
        wrong = e;
      }
      failure = failure == null ? cause : failure;
      flow.abort(cause);
    }

    boolean over() {
      return closed || failure != null || aborted;
    }

    void write() throws IOException {
      ByteBuffer bytes = ByteBuffer.allocate(upTo(MOST_BYTES));
      for (int i = 0; i < bytes.capacity(); i++) {
        bytes.put(i, byteAt(use, id, accepted + i));
      }
      int n;
      if (random.nextInt(4) == 0 && bytes.capacity() > 1) {
        int cut = random.nextInt(bytes.capacity());
        ByteBuffer[] parts = {
          bytes.slice(0, cut), ByteBuffer.allocate(0), bytes.slice(cut, bytes.capacity() - cut)
        };
        n = (int) flow.write(parts);
      } else {
        n = flow.write(bytes);
        assertEquals(n, bytes.position());
      }
      accepted += n;
    }

    void read() throws IOException {
      int before = random.nextInt(10);
      ByteBuffer buffer = ByteBuffer.allocateDirect(before + 1 + upTo(MOST_BYTES)).position(before);
      int n = flow.read(buffer);
      assertEquals(before + Math.max(0, n), buffer.position());
      assertFalse(n >= 0 && ended, "bytes after the end");
      for (int i = 0; i < n; i++) {
        assertEquals(byteAt(use, peer.id, received + i), buffer.get(before + i));
      }
      received += Math.max(0, n);
      assertTrue(received <= peer.accepted, "more than was written");
      if (n < 0) {
        assertTrue(peer.shut, "an end that the peer did not make");
        assertEquals(peer.accepted, received, "an end before the last byte");
        ended = true;
        flow.interest(0);
      }
    }

    void shut() throws IOException {
      if (!shut) {
        shut = true;
        flow.shutdownOutput();
      }
    }

    void move() throws IOException {
      int interest = flow.interest();
      flow.leave();
      flow.join(loop.loop());
      flow.attach(this);
      flow.interest(interest);
    }

    void close() throws IOException {
      if (shut && ended) {
        closed = true;
        flow.close();
      }
    }

    void step() {
      if (over()) {
        return;
      }
      try {
        switch (random.nextInt(12)) {
          case 0, 1, 2 -> {
            if (!shut) {
              write();
            }
          }
          case 3, 4, 5, 6 -> read();
          case 7 -> {
            if (random.nextInt(3) == 0) {
              shut();
            }
          }
          case 8, 9 -> close();
          case 10 -> move();
          default -> {
            if (random.nextInt(25) == 0) {
              aborted = true;
              flow.abort(new IOException("as the test likes it"));
            }
          }
        }
      } catch (IOException e) {
        fail(e);
      }
    }

    /** Goes on until the flow is over. */
    void finish() {
      try {
        if (!over()) {
          shut();
          if (!ended || peer.aborted || peer.failure != null) {
            read();
          }
          close();
        }
      } catch (IOException e) {
        fail(e);
      }
    }

    String state() {
      return "use "
          + use
          + " side "
          + id
          + ": "
          + accepted
          + " out, "
          + received
          + " in, shut "
          + shut
          + ", ended "
          + ended
          + ", closed "
          + closed
          + ", aborted "
          + aborted
          + ", failure "
          + failure;
    }
  }

  /** A connection from its first use to its last. */
  private final class Life {
    private final long seed = random.nextLong();
    private final StalledFlow[] beneath = new StalledFlow[2];
    private final FramedPair pair;

    Life() throws Exception {
      int chunk = 1 + upTo(random.nextBoolean() ? 40 : 40_000);
      FlowPair memory = new FlowPair(loop.loop(), Math.max(1 + upTo(200_000), chunk));
      // Single bytes of long frames would take all day.
      int least = random.nextInt(10) == 0 ? 1 : 200;
      beneath[0] = new StalledFlow(new ChunkedFlow(memory.left(), Math.max(least, chunk)));
      beneath[1] = new StalledFlow(new ChunkedFlow(memory.right(), Math.max(least, chunk)));
      beneath[0].release();
      beneath[1].release();
      pair = new FramedPair(loop, new ConnectedFlows.Ends(beneath[0], beneath[1]));
    }

    void run() throws Exception {
      boolean clean = true;
      for (int use = 1; use <= MOST_USES && clean; use++) {
        clean = use(use);
      }
      pair.abort();
      if (wrong != null) {
        throw wrong;
      }
    }

    /** One flow; true when the connection can go on. */
    private boolean use(int use) throws Exception {
      random = new SplittableRandom(seed + use);
      ConnectedFlows.Ends ends = pair.open("//" + use + "#1");
      assertEquals(use, (int) loop.call(pair.acceptor::uses));
      assertEquals("//" + use + "#1", pair.accepting.signals.get(use - 1));
      Side[] sides = {
        loop.call(() -> new Side(use, 0, ends.left())),
        loop.call(() -> new Side(use, 1, ends.right()))
      };
      sides[0].peer = sides[1];
      sides[1].peer = sides[0];
      takeSteps(sides, random.nextInt(MOST_STEPS));
      loop.run(beneath[0]::release);
      loop.run(beneath[1]::release);
      try {
        loop.until("the flow is over", () -> over(sides));
      } catch (AssertionError e) {
        throw new AssertionError(sides[0].state() + "; " + sides[1].state(), e);
      }
      return check(use, sides);
    }

    /** One step in each turn of the loop, so that a seed makes the same life each time. */
    private void takeSteps(Side[] sides, int steps) throws Exception {
      CompletableFuture<Void> done = new CompletableFuture<>();
      Runnable next =
          new Runnable() {
            private int left = steps;

            @Override
            public void run() {
              if (left-- == 0) {
                done.complete(null);
                return;
              }
              try {
                step(sides);
                loop.loop().execute(this);
              } catch (Throwable e) {
                done.completeExceptionally(e);
              }
            }
          };
      loop.run(next::run);
      done.get(TestLoop.DEADLINE.toSeconds(), TimeUnit.SECONDS);
    }

    private void step(Side[] sides) {
      int side = random.nextInt(2);
      if (random.nextInt(8) == 0) {
        StalledFlow flow = beneath[side];
        if (random.nextBoolean()) {
          flow.stall();
        } else {
          flow.release();
        }
      } else {
        sides[side].step();
      }
    }

    private boolean over(Side[] sides) {
      for (int i = 0; i < 20; i++) {
        sides[0].finish();
        sides[1].finish();
      }
      return sides[0].over() && sides[1].over();
    }

    private boolean check(int use, Side[] sides) throws Exception {
      FramedPair.Keeper[] keepers = {pair.opening, pair.accepting};
      if (sides[0].closed && sides[1].closed) {
        loop.until("both are back", () -> keepers[0].returns == use && keepers[1].returns == use);
        for (int i = 0; i < 2; i++) {
          assertNull(sides[i].failure);
          assertEquals(sides[i].accepted, sides[1 - i].received);
        }
        assertEquals(0, keepers[0].deaths.size() + keepers[1].deaths.size());
        assertEquals(0, loop.pool().out(), () -> loop.pool().leaks().toString());
        cleanUses++;
        return true;
      }
      aborts++;
      assertTrue(sides[0].aborted || sides[1].aborted, () -> "nobody did: " + sides[0].state());
      for (int i = 0; i < 2; i++) {
        int here = i;
        if (sides[i].closed) {
          loop.until("its keeper is told", () -> keepers[here].deaths.size() == 1);
        } else {
          assertTrue(sides[i].aborted || sides[i].failure != null, sides[i].state());
          assertEquals(0, keepers[i].deaths.size());
        }
      }
      assertFalse(loop.call(pair.opener::isIdle) || loop.call(pair.acceptor::isIdle));
      return false;
    }
  }
}
