package io.nodepass.transport.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nodepass.testkit.Believer;
import io.nodepass.testkit.FaultyFlow;
import io.nodepass.testkit.LeakExtension;
import io.nodepass.testkit.LoopbackPair;
import io.nodepass.testkit.SocketPair;
import io.nodepass.testkit.TestLoop;
import io.nodepass.transport.Flow;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Handshakes that come to nothing, seen from both sides. */
@ExtendWith(LeakExtension.class)
class TlsHandshakeLoopbackTest {
  private final TestLoop loop = TestLoop.start();
  private LoopbackPair.WithSocket pair;
  private Socket socket;

  @BeforeEach
  void connect() throws Exception {
    pair = LoopbackPair.withSocket(loop);
    socket = pair.socket();
  }

  @AfterEach
  void close() throws Exception {
    pair.close();
  }

  private Handshaking serve() throws Exception {
    return Handshaking.begin(loop, pair.flow(), Tls13.server(TestKeys.server()));
  }

  @Test
  void garbageInsteadOfAClientHelloIsNamedAndAnsweredByAnEnd() throws Exception {
    Handshaking handshaking = serve();
    socket.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    String reason = handshaking.failure().getMessage();
    assertTrue(reason.startsWith("TLS handshake with 127.0.0.1:"), reason);
    assertTrue(socket.getInputStream().readAllBytes().length <= 16, "an alert at most");
    assertEquals(0, loop.pool().out());
  }

  @Test
  void oneByteIsWaitedForUntilTheDeadlineThenAborted() throws Exception {
    Handshaking handshaking =
        Handshaking.begin(
            loop, pair.flow(), Tls13.server(TestKeys.server()), TimeUnit.MILLISECONDS.toNanos(60));
    socket.getOutputStream().write(22);
    String reason = handshaking.failure().getMessage();
    assertTrue(reason.endsWith("not finished within 60 ms"), reason);
    SocketPair.expectReset(socket);
    assertEquals(0, loop.pool().out());
  }

  @Test
  void aPeerThatEndsWithoutAWordIsSaidToHave() throws Exception {
    Handshaking handshaking = serve();
    socket.shutdownOutput();
    String reason = handshaking.failure().getMessage();
    assertTrue(reason.endsWith("the peer ended without a word"), reason);
  }

  @Test
  void aPeerThatEndsHalfWayIsSaidToHave() throws Exception {
    Handshaking handshaking = serve();
    socket.getOutputStream().write(new byte[] {22, 3, 1, 2, 0, 1});
    socket.shutdownOutput();
    String reason = handshaking.failure().getMessage();
    assertTrue(reason.endsWith("the peer ended it half-way"), reason);
  }

  @Test
  void aResetFailsIt() throws Exception {
    Handshaking handshaking = serve();
    socket.setSoLinger(true, 0);
    socket.close();
    assertTrue(handshaking.failure().getMessage().contains("reset"));
  }

  /** Of whatever class and with whatever words: the first is a write, the second a read. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void whatTheFlowBeneathThrowsIsMarkedAsThePeersEnd(int operation) throws Exception {
    try (LoopbackPair.OfFlows flows = LoopbackPair.flows(loop)) {
      Flow faulty = new FaultyFlow(flows.dialled(), operation);
      Handshaking dialling =
          Handshaking.begin(loop, faulty, Tls13.client(TestKeys.client(), null, 1));
      IOException failure = dialling.failure();
      assertInstanceOf(PeerEndedException.class, failure.getCause());
      assertTrue(failure.getMessage().endsWith("failed: fault"), failure.getMessage());
    }
  }

  @Test
  void cancellingAbortsWithoutACall() throws Exception {
    Handshaking handshaking = new Handshaking();
    TlsHandshake handshake =
        loop.call(
            () ->
                TlsHandshake.begin(
                    pair.flow(),
                    Tls13.client(TestKeys.client(), null, 1),
                    Handshaking.TASKS,
                    TestLoop.DEADLINE.toNanos(),
                    handshaking));
    loop.run(handshake::cancel);
    SocketPair.expectReset(socket);
    loop.turns();
    assertFalse(handshaking.isOver());
    assertEquals(0, loop.pool().out());
  }

  @Test
  void anExecutorThatRefusesFailsIt() throws Exception {
    try (LoopbackPair.OfFlows flows = LoopbackPair.flows(loop)) {
      Handshaking.begin(loop, flows.dialled(), Tls13.client(TestKeys.client(), null, 1));
      Handshaking refused = new Handshaking();
      loop.run(
          () ->
              TlsHandshake.begin(
                  flows.accepted(),
                  Tls13.server(TestKeys.server()),
                  task -> {
                    throw new RejectedExecutionException();
                  },
                  TestLoop.DEADLINE.toNanos(),
                  refused));
      String reason = refused.failure().getMessage();
      assertTrue(reason.endsWith("too many TLS handshakes at once"), reason);
    }
  }

  /** The engine asks for that task for ever then, and would be asked back until the time is up. */
  @Test
  void anErrorOnATaskThreadFailsItAtOnce() throws Exception {
    SSLContext poor = TestKeys.client(new Believer(new OutOfMemoryError("none is left")));
    try (LoopbackPair.OfFlows flows = LoopbackPair.flows(loop)) {
      Handshaking client = Handshaking.begin(loop, flows.dialled(), Tls13.client(poor, null, 1));
      Handshaking server =
          Handshaking.begin(loop, flows.accepted(), Tls13.server(TestKeys.server()));
      String seen = client.failure().getMessage();
      assertTrue(seen.endsWith("failed: java.lang.OutOfMemoryError: none is left"), seen);
      assertTrue(server.failure().getMessage().startsWith("TLS handshake with 127.0.0.1:"));
    }
  }

  @Test
  void aCertificateThatIsNotTrustedIsToldToTheServer() throws Exception {
    SSLContext doubting = SSLContext.getInstance("TLS");
    doubting.init(null, null, null);
    try (LoopbackPair.OfFlows flows = LoopbackPair.flows(loop)) {
      Handshaking client =
          Handshaking.begin(loop, flows.dialled(), Tls13.client(doubting, null, 1));
      Handshaking server =
          Handshaking.begin(loop, flows.accepted(), Tls13.server(TestKeys.server()));
      String seen = client.failure().getMessage();
      assertTrue(seen.contains("certification path"), seen);
      String told = server.failure().getMessage();
      assertTrue(told.contains("certificate_unknown"), told);
    }
  }
}
