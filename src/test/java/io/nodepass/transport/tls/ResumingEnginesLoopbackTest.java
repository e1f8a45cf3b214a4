package io.nodepass.transport.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.nodepass.testkit.Believer;
import io.nodepass.testkit.FlowDriver;
import io.nodepass.testkit.LeakExtension;
import io.nodepass.testkit.LoopbackPair;
import io.nodepass.testkit.TestLoop;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A full handshake shows the certificate to the client's trust; a resumed one does not. */
@ExtendWith(LeakExtension.class)
class ResumingEnginesLoopbackTest {
  private static final int SLOTS = 4;

  private final TestLoop loop = TestLoop.start();
  private final Believer shown = new Believer();
  private SSLContext server;
  private SSLContext client;

  @BeforeEach
  void makeContexts() throws Exception {
    server = TestKeys.server();
    client = TestKeys.client(shown);
  }

  private ResumingEngines engines(int slots) {
    return new ResumingEngines(client, alias -> Tls13.client(client, null, alias), slots);
  }

  /** Connects, and reads the first byte so that the ticket has come. */
  private void connect(SSLEngine engine) throws Exception {
    LoopbackPair.OfFlows tcp = LoopbackPair.flows(loop);
    Handshaking dialling = Handshaking.begin(loop, tcp.dialled(), engine);
    Handshaking accepting = Handshaking.begin(loop, tcp.accepted(), Tls13.server(server));
    TlsFlow accepted = accepting.flow();
    TlsFlow dialled = dialling.flow();
    FlowDriver driver = loop.call(() -> new FlowDriver(dialled));
    loop.run(() -> accepted.write(ByteBuffer.allocate(8)));
    loop.until("the first bytes", () -> driver.received() == 8);
    assertEquals(0, loop.pool().out());
    loop.run(
        () -> {
          dialled.abort(null);
          accepted.abort(null);
        });
  }

  @ParameterizedTest
  @NullSource
  @ValueSource(strings = "localhost")
  void dialsAtTheSameTimeResumeOnceEachSlotHasATicket(String name) throws Exception {
    ResumingEngines engines =
        new ResumingEngines(client, alias -> Tls13.client(client, name, alias), SLOTS);
    for (int round = 0; round < 5; round++) {
      List<ResumingEngines.Dial> dials = new ArrayList<>();
      for (int i = 0; i < SLOTS; i++) {
        dials.add(engines.dial());
      }
      for (ResumingEngines.Dial dial : dials) {
        connect(dial.engine());
      }
      dials.forEach(dial -> dial.end(true));
      assertEquals(SLOTS, shown.shown(), "full handshakes after round " + round);
    }
  }

  @Test
  void withoutSlotsOfTheirOwnDialsAtTheSameTimePayInFull() throws Exception {
    connect(Tls13.client(client, null, 1));
    SSLEngine one = Tls13.client(client, null, 1);
    SSLEngine other = Tls13.client(client, null, 1);
    one.beginHandshake();
    other.beginHandshake();
    connect(one);
    connect(other);
    assertEquals(2, shown.shown());
  }

  @Test
  void oneDialAfterAnotherResumesInTheSlotUsedLast() throws Exception {
    ResumingEngines engines = engines(SLOTS);
    for (int i = 0; i < 10; i++) {
      ResumingEngines.Dial dial = engines.dial();
      connect(dial.engine());
      dial.end(true);
      dial.end(true);
    }
    assertEquals(1, shown.shown());
  }

  @Test
  void aFreshConnectionNeverResumes() throws Exception {
    ResumingEngines engines = engines(SLOTS);
    ResumingEngines others = engines(SLOTS);
    for (int i = 0; i < 6; i++) {
      connect(engines.fresh());
      connect(others.fresh());
    }
    assertEquals(12, shown.shown());
  }

  @Test
  void aDialBeyondTheSlotsIsAFreshOne() throws Exception {
    ResumingEngines engines = engines(1);
    ResumingEngines.Dial first = engines.dial();
    connect(first.engine());
    connect(engines.dial().engine());
    connect(engines.dial().engine());
    assertEquals(3, shown.shown());
    first.end(true);
    connect(engines.dial().engine());
    assertEquals(3, shown.shown());
  }

  @Test
  void aServerThatHasForgottenItsTicketsShowsItsCertificateAgain() throws Exception {
    ResumingEngines engines = engines(1);
    for (int i = 0; i < 3; i++) {
      server = TestKeys.server();
      ResumingEngines.Dial dial = engines.dial();
      connect(dial.engine());
      dial.end(true);
    }
    assertEquals(3, shown.shown());
  }
}
