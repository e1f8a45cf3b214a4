package io.nodepass.tunnel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nodepass.transport.Dialer;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a client does with data connections, with its server played by hand. */
@Timeout(30)
class ClientTunnelLoopbackTest {
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

  @Test
  void asManyConnectionsAreDialledAsTheSmallestPoolAndEachOneUsedIsReplaced() throws Exception {
    try (RunningTunnel client = RunningTunnel.start(server.url("&min=3&max=3"));
        Peer control = server.control();
        HandServer.Named one = server.named();
        HandServer.Named two = server.named();
        HandServer.Named three = server.named()) {
      assertTrue(Peer.nobodyComes(server.data, 200), "dialled a fourth");
      two.signal(control);
      try (Peer target = server.target();
          HandServer.Named replacement = server.named()) {
        expectEcho(two.peer(), target);
        assertTrue(Peer.nobodyComes(server.data, 200), "replaced more than was used");
        assertTrue(one.peer().isSilentFor(50) && three.peer().isSilentFor(50));
        assertTrue(replacement.peer().isSilentFor(50), "spoke before it was signalled");
        assertEquals(1, client.tunnel().running());
      }
    }
  }

  @Test
  void aConnectionThatDiesIsReplaced() throws Exception {
    try (RunningTunnel client = RunningTunnel.start(server.url("&min=1&max=1"));
        Peer control = server.control()) {
      server.named().peer().abort();
      try (HandServer.Named ended = server.named()) {
        ended.peer().halfClose();
        try (HandServer.Named data = server.named()) { // at once: the end may be one of a user's
          client.pass(Duration.ofSeconds(5));
          ended.peer().expectGone();
          data.signal(control);
          try (Peer target = server.target()) {
            expectEcho(data.peer(), target);
          }
        }
      }
      client.untilRunning(0);
    }
  }

  @Test
  void aSignalThatIsAheadOfTheIdIsKept() throws Exception {
    try (RunningTunnel client = RunningTunnel.start(server.url("&min=1"));
        Peer control = server.control();
        Peer data = server.unnamed()) {
      control.send("//deadbeef#1\n");
      server.expectNobodyAtTheTarget();
      data.send("deadbeef");
      try (Peer target = server.target()) {
        expectEcho(data, target);
        client.untilRunning(1);
      }
    }
  }

  @Test
  void aSignalWhoseConnectionNeverComesIsDroppedAfterFiveSeconds() throws Exception {
    try (RunningTunnel client = RunningTunnel.start(server.url("&min=1"));
        Peer control = server.control();
        HandServer.Named data = server.named()) {
      control.send("//deadbeef#1\n");
      data.signal(control);
      try (Peer target = server.target()) { // so the first one has been read as well
        client.pass(Duration.ofSeconds(5));
        client.untilLogged("signal for deadbeef dropped");
        try (Peer late = server.unnamed()) {
          late.send("deadbeef");
          server.expectNobodyAtTheTarget();
        }
        expectEcho(data.peer(), target);
      }
    }
  }

  @Test
  void bytesThatOvertakeTheSignalAreDelivered() throws Exception {
    try (RunningTunnel client = RunningTunnel.start(server.url("&min=1"));
        Peer control = server.control();
        Peer data = server.unnamed()) {
      data.send("deadbeefearly");
      server.expectNobodyAtTheTarget();
      data.send(" bird");
      control.send("//deadbeef#1\n");
      try (Peer target = server.target()) {
        assertEquals("early bird", target.read(10));
        expectEcho(data, target);
        client.untilRunning(1);
      }
    }
  }

  @Test
  void anEndThatOvertakesTheSignalIsDeliveredAndTheAnswerComesBack() throws Exception {
    try (RunningTunnel client = RunningTunnel.start(server.url("&min=1"));
        Peer control = server.control();
        HandServer.Named data = server.named()) {
      data.peer().halfClose();
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
      assertEquals(1, client.tunnel().traffic().snapshot().ended());
    }
  }

  @Test
  void bytesAndAnEndThatOvertakeTheSignalAreBothDelivered() throws Exception {
    try (RunningTunnel client = RunningTunnel.start(server.url("&min=1"));
        Peer control = server.control();
        HandServer.Named data = server.named()) {
      data.peer().send("question");
      data.peer().halfClose();
      server.expectNobodyAtTheTarget();
      data.signal(control);
      try (Peer target = server.target()) {
        assertEquals("question", target.read(8));
        target.expectEnd();
        target.send("answer");
        assertEquals("answer", data.peer().read(6));
      }
      client.untilRunning(0);
    }
  }

  @Test
  void aTargetThatRefusesAbortsTheDataConnection() throws Exception {
    server.target.close();
    try (RunningTunnel client = RunningTunnel.start(server.url("&min=1"));
        Peer control = server.control();
        HandServer.Named data = server.named()) {
      data.signal(control);
      data.peer().expectAbort();
      client.untilLogged("tcp to target 127.0.0.1:" + server.target.getLocalPort() + " aborted");
      client.untilRunning(0);
      assertEquals(1, client.tunnel().traffic().snapshot().refused());
    }
  }

  @Test
  void aUserWhoGivesUpEndsTheDialOfASlowTarget() throws Exception {
    AtomicReference<DialLedger> ledger = new AtomicReference<>();
    int port = server.target.getLocalPort();
    try (RunningTunnel client =
            RunningTunnel.start(server.url("&min=1"), watching(ledger, port, true));
        Peer control = server.control();
        HandServer.Named data = server.named()) {
      data.signal(control);
      ledger.get().untilDialled(1);
      assertEquals(0, ledger.get().cancelled.get());
      data.peer().abort();
      ledger.get().untilCancelled(1);
      client.untilRunning(0);
    }
  }

  @Test
  void aUserWhoSpeaksFirstAndThenGivesUpEndsTheDialOfASlowTarget() throws Exception {
    AtomicReference<DialLedger> ledger = new AtomicReference<>();
    int port = server.target.getLocalPort();
    try (RunningTunnel client =
            RunningTunnel.start(server.url("&min=2"), watching(ledger, port, true));
        Peer control = server.control();
        HandServer.Named before = server.named();
        HandServer.Named after = server.named()) {
      before.peer().send("early");
      server.expectNobodyAtTheTarget();
      before.signal(control);
      after.signal(control);
      ledger.get().untilDialled(2);
      after.peer().send("late");
      server.expectNobodyAtTheTarget();
      assertEquals(0, ledger.get().cancelled.get());
      before.peer().abort();
      after.peer().abort();
      ledger.get().untilCancelled(2);
      client.untilRunning(0);
    }
  }

  private static UnaryOperator<Dialer> watching(
      AtomicReference<DialLedger> ledger, int port, boolean hanging) {
    return dialer -> {
      ledger.set(new DialLedger(dialer, port, hanging));
      return ledger.get();
    };
  }

  @Test
  void anIdInSingleBytesIsUnderstood() throws Exception {
    try (RunningTunnel client = RunningTunnel.start(server.url("&min=1"));
        Peer control = server.control();
        Peer data = server.unnamed()) {
      data.sendInSingleBytes("0badcafe");
      control.send("//0badcafe#1\n");
      try (Peer target = server.target()) {
        expectEcho(data, target);
        client.untilRunning(1);
      }
    }
  }

  @Test
  void aConnectionWhoseIdIsNotHexIsDropped() throws Exception {
    try (RunningTunnel client = RunningTunnel.start(server.url("&min=1"));
        Peer control = server.control();
        Peer data = server.unnamed()) {
      data.send("GET / HT");
      data.expectAbort();
      client.untilLogged("not 8 hex digits");
      try (HandServer.Named good = server.named()) {
        good.signal(control);
        try (Peer target = server.target()) {
          expectEcho(good.peer(), target);
        }
      }
    }
  }

  @Test
  void aSignalForADatagramEndsThatConnectionAndNoOther() throws Exception {
    try (RunningTunnel client = RunningTunnel.start(server.url("&min=2"));
        Peer control = server.control();
        HandServer.Named datagram = server.named();
        HandServer.Named other = server.named()) {
      control.send("//" + datagram.id() + "#2\n");
      datagram.peer().expectAbort();
      server.expectNobodyAtTheTarget();
      other.signal(control);
      try (Peer target = server.target()) {
        expectEcho(other.peer(), target);
        client.untilRunning(1);
      }
    }
  }

  @Test
  void atTheLimitASignalledConnectionWaitsAndLosesNothing() throws Exception {
    try (RunningTunnel client = RunningTunnel.start(server.url("&min=2&semaphore_limit=1"));
        Peer control = server.control();
        HandServer.Named first = server.named();
        HandServer.Named second = server.named()) {
      first.signal(control);
      try (Peer target = server.target()) {
        second.signal(control);
        second.peer().send("patience");
        second.peer().halfClose();
        server.expectNobodyAtTheTarget();
        client.pass(Duration.ofMinutes(1));
        server.expectNobodyAtTheTarget();
        expectEcho(first.peer(), target);
        first.peer().halfClose();
        target.expectEnd();
      }
      try (Peer target = server.target()) {
        assertEquals("patience", target.read(8));
        target.expectEnd();
        target.send("rewarded");
        assertEquals("rewarded", second.peer().read(8));
      }
      client.untilRunning(0);
    }
  }

  /** The milliseconds between rounds of attempts; within a round they come close together. */
  private static List<Long> pauses(DialLedger ledger) {
    List<Long> pauses = new ArrayList<>();
    List<Long> times = List.copyOf(ledger.times);
    for (int i = 1; i < times.size(); i++) {
      long millis = TimeUnit.NANOSECONDS.toMillis(times.get(i) - times.get(i - 1));
      if (millis > 50) {
        pauses.add(millis);
      }
    }
    return pauses;
  }

  /** One round of attempts that fails is one failure: the pause grows by rounds. */
  @Test
  void aClosedDataPortIsTriedAgainAfterGrowingPauses() throws Exception {
    int port = server.data.getLocalPort();
    server.data.close();
    AtomicReference<DialLedger> ledger = new AtomicReference<>();
    try (RunningTunnel client =
            RunningTunnel.start(server.url("&min=16"), watching(ledger, port, false));
        Peer control = server.control()) {
      Until.holds(
          () -> pauses(ledger.get()).size() >= 3, () -> "few pauses: " + ledger.get().times);
      List<Long> pauses = pauses(ledger.get());
      for (int i = 0; i < 3; i++) {
        long least = 100L << i;
        assertTrue(pauses.get(i) >= least - 5, "pauses of " + pauses + " ms, not growing from 100");
      }
      assertTrue(control.isSilentFor(200), "the control channel was given up");
      // Refusals that come at once leave one attempt in the first round, later ones all sixteen.
      assertTrue(ledger.get().count() <= 20, ledger.get().count() + " attempts");
      assertEquals(1, client.log.count("next attempt in 0.100 s"));
    }
  }

  @Test
  void stoppingLeavesTheDialOfATargetAndAbortingEndsIt() throws Exception {
    AtomicReference<DialLedger> ledger = new AtomicReference<>();
    int port = server.target.getLocalPort();
    try (RunningTunnel client =
            RunningTunnel.start(server.url("&min=1"), watching(ledger, port, true));
        Peer control = server.control();
        HandServer.Named data = server.named()) {
      data.signal(control);
      ledger.get().untilDialled(1);
      client.tunnel().stop();
      control.expectGone();
      assertTrue(data.peer().isSilentFor(100), "a connection in use was ended");
      assertEquals(1, client.tunnel().running());
      client.tunnel().abort();
      data.peer().expectAbort();
      ledger.get().untilCancelled(1);
      client.untilRunning(0);
    }
  }

  @Test
  void stoppingWhileDiallingDataConnectionsGivesTheDialsUp() throws Exception {
    AtomicReference<DialLedger> ledger = new AtomicReference<>();
    int port = server.data.getLocalPort();
    try (RunningTunnel client =
            RunningTunnel.start(server.url("&min=3"), watching(ledger, port, true));
        Peer control = server.control()) {
      ledger.get().untilDialled(3);
      client.tunnel().stop();
      ledger.get().untilCancelled(3);
      control.expectGone();
      assertEquals(3, ledger.get().count());
    }
  }
}
