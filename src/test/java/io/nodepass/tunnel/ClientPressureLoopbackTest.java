package io.nodepass.tunnel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A client with more to do than it may, or than its server lets it; the server is played by hand.
 */
@Timeout(30)
class ClientPressureLoopbackTest {
  private HandServer server;

  @BeforeEach
  void open() throws IOException {
    server = new HandServer();
  }

  @AfterEach
  void close() throws IOException {
    server.close();
  }

  private static void expectEcho(Peer user, Peer target) throws IOException {
    user.send("ping");
    assertEquals("ping", target.read(4));
    target.send("pong");
    assertEquals("pong", user.read(4));
  }

  /** Takes and signals so many more connections than the limit allows; all have been read then. */
  private List<HandServer.Named> queue(Peer control, int count) throws IOException {
    List<HandServer.Named> queued = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      HandServer.Named named = server.named();
      named.signal(control);
      queued.add(named);
    }
    untilSignalsAreRead(control);
    return queued;
  }

  /** Signals are read in their order, and one of a kind nobody knows shows at once that it was. */
  private void untilSignalsAreRead(Peer control) throws IOException {
    try (HandServer.Named last = server.named()) {
      control.send("//" + last.id() + "#9\n");
      last.peer().expectAbort();
    }
  }

  private static void closeAll(List<HandServer.Named> all) throws IOException {
    for (HandServer.Named named : all) {
      named.close();
    }
  }

  @Test
  void aTargetThatGoesAwayWhileManyWaitForRoomAbortsThemAllAndTheClientGoesOn() throws Exception {
    List<HandServer.Named> queued = new ArrayList<>();
    try (RunningTunnel client =
            RunningTunnel.start(server.url("&min=64&max=64&semaphore_limit=1"));
        Peer control = server.control();
        HandServer.Named first = server.named()) {
      first.signal(control);
      try (Peer target = server.target()) {
        queued.addAll(queue(control, 1_500));
        server.target.close();
        target.abort();
      }
      for (HandServer.Named named : queued) {
        named.peer().expectAbort();
      }
      client.untilRunning(0);
      try (ServerSocket again =
              new ServerSocket(
                  server.target.getLocalPort(), 100, InetAddress.getLoopbackAddress());
          HandServer.Named next = server.named()) {
        next.signal(control);
        try (Peer target = Peer.accept(again)) {
          expectEcho(next.peer(), target);
        }
      }
    } finally {
      closeAll(queued);
    }
  }

  /** More of them than may wait at the same time: were they kept, there would be no room left. */
  @Test
  void usersWhoGiveUpWhileTheyWaitForRoomAreForgotten() throws Exception {
    try (RunningTunnel client =
            RunningTunnel.start(server.url("&min=64&max=64&semaphore_limit=1"));
        Peer control = server.control();
        HandServer.Named first = server.named()) {
      first.signal(control);
      try (Peer target = server.target()) {
        for (int i = 0; i < 21; i++) {
          for (HandServer.Named named : queue(control, 200)) {
            named.peer().abort();
          }
        }
        control.send("//deadbeef#1\n"); // ahead of its connection, which has to be kept in mind
        try (Peer last = server.unnamed()) {
          last.send("deadbeef");
          assertTrue(last.isSilentFor(100), () -> "not kept:\n" + client.log);
          expectEcho(first.peer(), target);
          target.abort();
          try (Peer next = server.target()) {
            expectEcho(last, next);
          }
        }
      }
    }
  }

  @Test
  void anEndLongBeforeTheSignalIsDeliveredAndTheAnswerComesBack() throws Exception {
    try (RunningTunnel client = RunningTunnel.start(server.url("&min=1"));
        Peer control = server.control();
        HandServer.Named data = server.named()) {
      data.peer().halfClose();
      server.expectNobodyAtTheTarget(); // so it has been seen
      client.pass(Duration.ofSeconds(3));
      server.expectNobodyAtTheTarget();
      data.signal(control);
      try (Peer target = server.target()) {
        target.expectEnd();
        target.send("answer");
        assertEquals("answer", data.peer().read(6));
        target.halfClose();
        data.peer().expectEnd();
      }
      client.untilRunning(0);
    }
  }

  /** Takes four data connections and turns more away; the original names those it then closes. */
  private final class SmallPool implements AutoCloseable {
    private static final int SIZE = 4;

    private final boolean naming;
    private final AtomicInteger came = new AtomicInteger();
    private final AtomicInteger room = new AtomicInteger(SIZE);
    private final BlockingQueue<HandServer.Named> ready = new LinkedBlockingQueue<>();
    private final List<HandServer.Named> used = new ArrayList<>();
    private final Thread thread = new Thread(this::run, "small pool");

    SmallPool(boolean naming) {
      this.naming = naming;
      thread.setDaemon(true);
      thread.start();
    }

    private void run() {
      try {
        while (true) {
          take(server.unnamed());
        }
      } catch (IOException e) {
        // The test has closed the listener.
      }
    }

    private void take(Peer peer) throws IOException {
      came.incrementAndGet();
      String id = server.nextId();
      if (room.get() > 0) {
        room.decrementAndGet();
        peer.send(id);
        ready.add(new HandServer.Named(peer, id));
      } else if (naming) {
        peer.send(id);
        peer.close();
      } else {
        peer.isSilentFor(20); // until the dial has succeeded: before, this would be a refusal
        peer.abort();
      }
    }

    void untilFull() throws InterruptedException {
      Until.holds(() -> ready.size() == SIZE, () -> ready.size() + " are ready, not " + SIZE);
    }

    /** Has one used, and waits for the one in its place; the milliseconds that took. */
    long use(Peer control) throws IOException, InterruptedException {
      HandServer.Named named = ready.take();
      used.add(named);
      room.incrementAndGet();
      long began = System.nanoTime();
      named.signal(control);
      untilFull();
      return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
    }

    @Override
    public void close() throws IOException {
      server.data.close();
      closeAll(used);
      closeAll(List.copyOf(ready));
    }
  }

  @ParameterizedTest(name = "named before they are closed: {0}")
  @ValueSource(booleans = {false, true})
  void aServerWithASmallerPoolIsNotPestered(boolean naming) throws Exception {
    try (RunningTunnel client = RunningTunnel.start(server.url("&min=16"));
        Peer control = server.control();
        SmallPool pool = new SmallPool(naming)) {
      pool.untilFull();
      assertTrue(control.isSilentFor(1_500));
      int came = pool.came.get();
      assertTrue(came <= 100, came + " connections in a second and a half\n" + client.log);
    }
  }

  @ParameterizedTest(name = "named before they are closed: {0}")
  @ValueSource(booleans = {false, true})
  void aServerWithASmallerPoolGetsItsReplacementsAtOnce(boolean naming) throws Exception {
    try (RunningTunnel client = RunningTunnel.start(server.url("&min=16"));
        Peer control = server.control();
        SmallPool pool = new SmallPool(naming)) {
      pool.untilFull();
      for (int i = 0; i < 8; i++) { // so that pauses between attempts are as long as they get
        client.pass(Duration.ofSeconds(6));
        assertTrue(control.isSilentFor(30));
      }
      for (int i = 0; i < 3; i++) {
        long millis = pool.use(control);
        assertTrue(millis <= 500, "replaced after " + millis + " ms\n" + client.log);
      }
    }
  }
}
