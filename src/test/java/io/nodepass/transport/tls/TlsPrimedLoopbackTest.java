package io.nodepass.transport.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.nodepass.testkit.ChunkedFlow;
import io.nodepass.testkit.LeakExtension;
import io.nodepass.testkit.LoopbackPair;
import io.nodepass.testkit.TestLoop;
import io.nodepass.transport.Flow;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A handshake whose first bytes were read by somebody else, who had to see what comes. */
@ExtendWith(LeakExtension.class)
class TlsPrimedLoopbackTest {
  private static final long LIMIT = TimeUnit.SECONDS.toNanos(20);

  /** The client's first message has more bytes than any of these; what is left comes one by one. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5, 6, 150})
  void aHandshakeGoesOnFromWhatWasReadAlready(int read) throws Exception {
    TestLoop loop = TestLoop.start();
    LoopbackPair.OfFlows tcp = LoopbackPair.flows(loop);
    Handshaking client =
        Handshaking.begin(loop, tcp.dialled(), Tls13.client(TestKeys.client(), null, 1));
    ByteBuffer first = ByteBuffer.allocate(read);
    loop.until(
        "so many bytes have come",
        () -> {
          tcp.accepted().read(first);
          return !first.hasRemaining();
        });
    first.flip();
    Handshaking server = new Handshaking();
    Flow slow = new ChunkedFlow(tcp.accepted(), 1);
    loop.run(
        () ->
            TlsHandshake.begin(
                slow, first, Tls13.server(TestKeys.server()), Handshaking.TASKS, LIMIT, server));
    Flow here = server.flow();
    Flow there = client.flow();
    ByteBuffer got = ByteBuffer.allocate(10);
    loop.run(() -> there.write(ByteBuffer.wrap(new byte[] {1, 2, 3})));
    loop.until(
        "the bytes have come",
        () -> {
          here.read(got);
          return got.position() == 3;
        });
    assertEquals(ByteBuffer.wrap(new byte[] {1, 2, 3}), got.flip());
    loop.run(() -> here.abort(null));
    loop.run(() -> there.abort(null));
    tcp.close();
    loop.close();
  }

  @Test
  void aHandshakeThatWasGivenWhatIsNoTlsFails() throws Exception {
    TestLoop loop = TestLoop.start();
    LoopbackPair.OfFlows tcp = LoopbackPair.flows(loop);
    Handshaking server = new Handshaking();
    ByteBuffer first = ByteBuffer.wrap(new byte[] {0x16, 3, 1, 0, 4, 'n', 'o', 'n', 'e'});
    loop.run(
        () ->
            TlsHandshake.begin(
                tcp.accepted(),
                first,
                Tls13.server(TestKeys.server()),
                Handshaking.TASKS,
                LIMIT,
                server));
    server.failure();
    loop.run(() -> tcp.dialled().abort(null));
    loop.until("it is closed", () -> !tcp.accepted().isOpen());
    tcp.close();
    loop.close();
  }
}
