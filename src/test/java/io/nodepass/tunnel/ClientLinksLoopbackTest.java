package io.nodepass.tunnel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nodepass.reactor.EventLoop;
import io.nodepass.transport.Dialer;
import io.nodepass.transport.Flow;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The numbers of a session's data connections, and what is made of a server that wants none. */
@Timeout(30)
class ClientLinksLoopbackTest {
  private SessionServer server;

  @BeforeEach
  void open() throws Exception {
    server = new SessionServer(0);
  }

  @AfterEach
  void close() throws IOException {
    server.close();
  }

  /** Holds one dial back when it has connected, as a lost packet would. */
  private static final class SlowDial implements Dialer {
    private final Dialer dialer;
    private final int slow;
    private final AtomicInteger dials = new AtomicInteger();
    private final AtomicReference<Runnable> held = new AtomicReference<>();
    private final CountDownLatch holding = new CountDownLatch(1);

    SlowDial(Dialer dialer, int slow) {
      this.dialer = dialer;
      this.slow = slow;
    }

    @Override
    public Dial dial(
        EventLoop loop, InetSocketAddress address, long timeoutNanos, Callback callback) {
      if (dials.incrementAndGet() != slow) {
        return dialer.dial(loop, address, timeoutNanos, callback);
      }
      Callback late =
          new Callback() {
            @Override
            public void connected(Flow flow) {
              held.set(() -> loop.execute(() -> callback.connected(flow)));
              holding.countDown();
            }

            @Override
            public void failed(IOException cause) {
              callback.failed(cause);
            }
          };
      return dialer.dial(loop, address, timeoutNanos, late);
    }

    void release() throws InterruptedException {
      assertTrue(holding.await(10, TimeUnit.SECONDS), "it was not dialled");
      held.get().run();
    }
  }

  /** A server remembers so many numbers below the highest: a slow dial must not fall behind. */
  @Test
  void aNumberIsDrawnWhenItIsSaidAndNotWhenTheDialBegins() throws Exception {
    AtomicReference<SlowDial> slow = new AtomicReference<>();
    try (RunningTunnel client =
            RunningTunnel.start(
                server.url("&min=2&max=2"),
                dialer -> {
                  slow.set(new SlowDial(dialer, /* the first after control */ 2));
                  return slow.get();
                });
        SessionServer.Session session = server.open()) {
      // Both are accepted, and the one that is held back says nothing yet.
      Socket held = server.next();
      SessionServer.Data first = session.data(server.next());
      assertEquals(1, first.number());
      first.take();
      slow.get().release();
      SessionServer.Data second = session.data(held);
      assertEquals(2, second.number());
      second.take();
      client.untilLogged("data connection 2 is ready");
    }
  }

  @Test
  void oneTokenThatIsRefusedDoesNotEndTheSessionButASecondInARowDoes() throws Exception {
    try (RunningTunnel client = RunningTunnel.start(server.url("&min=1&max=1"));
        SessionServer.Session session = server.open()) {
      refuse(session);
      try (SessionServer.Data link = session.ready()) {
        client.untilLogged("client ready");
        link.peer().abort(); // another one has to be dialled
      }
      refuse(session);
      assertFalse(client.log.has("control channel lost"), client.log::toString);
      refuse(session);
      session.control().expectGone();
      client.untilLogged("it refuses (token): too old");
      server.open().ready().close();
    }
  }

  @Test
  void aServerThatTalksNonsenseOnEveryConnectionDoesNotGetThemWithoutAPause() throws Exception {
    try (RunningTunnel client = RunningTunnel.start(server.url("&min=1&max=1"));
        SessionServer.Session session = server.open()) {
      long began = System.nanoTime();
      for (int i = 0; i < 4; i++) {
        try (SessionServer.Data link = session.ready()) {
          link.peer().send("//nonsense#1\n");
          link.peer().expectGone();
        }
      }
      session.ready().close();
      long took = System.nanoTime() - began;
      assertTrue(took >= TimeUnit.MILLISECONDS.toNanos(100 + 200 + 400 + 800), () -> took + " ns");
      client.untilLogged("a signal without an id of 8 hexadecimal digits");
    }
  }

  private static void refuse(SessionServer.Session session) throws IOException {
    try (SessionServer.Data link = session.data()) {
      link.peer().send("//refused?code=token&text=too%20old\n");
      link.peer().expectGone();
    }
  }
}
