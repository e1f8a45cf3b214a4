package io.nodepass.transport.framed;

import static io.nodepass.transport.framed.Frame.ABORT;
import static io.nodepass.transport.framed.Frame.DATA;
import static io.nodepass.transport.framed.Frame.DONE;
import static io.nodepass.transport.framed.Frame.END;
import static io.nodepass.transport.framed.Frame.OPEN;
import static io.nodepass.transport.framed.RawPeer.frame;
import static io.nodepass.transport.framed.RawPeer.header;
import static io.nodepass.transport.framed.RawPeer.join;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.nodepass.testkit.ChunkedFlow;
import io.nodepass.testkit.FlowDriver;
import io.nodepass.testkit.FlowPair;
import io.nodepass.testkit.LeakExtension;
import io.nodepass.testkit.TestLoop;
import io.nodepass.transport.Flow;
import io.nodepass.transport.FlowOwner;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever a peer must not send ends the connection, and the message says what it was. */
@ExtendWith(LeakExtension.class)
class FramedViolationsTest {
  /** In what state one end is when the bytes come. */
  private enum At {
    ACCEPTOR_IDLE,
    ACCEPTOR_IN_FLOW,
    ACCEPTOR_AFTER_END,
    ACCEPTOR_AFTER_DONE,
    OPENER_IDLE,
    OPENER_IN_FLOW,
    OPENER_AFTER_ITS_END,
    OPENER_AFTER_BOTH_ENDS,
    OPENER_AFTER_DONE
  }

  private record Violation(At at, String message, ByteBuffer bytes) {
    Violation(At at, String message, byte[] bytes) {
      this(at, message, ByteBuffer.wrap(bytes));
    }

    @Override
    public String toString() {
      return at + ": " + message;
    }
  }

  static Stream<Violation> violations() {
    List<Violation> all = new ArrayList<>();
    for (At at : At.values()) {
      all.add(new Violation(at, "a frame of unknown type 0", frame(0, 1, "")));
      all.add(new Violation(at, "a frame of unknown type 6", frame(6, 1, "x")));
      all.add(new Violation(at, "a frame of unknown type 255", frame(255, 1, "x")));
      all.add(new Violation(at, "DATA with 7 in its second byte", header(DATA, 7, 1, 1, "x")));
      all.add(
          new Violation(
              at, "DATA of 16377 bytes, which is more than 16376", header(DATA, 0, 16377, 1, "")));
      all.add(new Violation(at, "DATA of no byte", frame(DATA, 1, "")));
      all.add(
          new Violation(
              at, "ABORT of 513 bytes, which is more than 512", header(ABORT, 0, 513, 1, "")));
      all.add(new Violation(at, "END of 1 bytes, which is more than 0", frame(END, 1, "x")));
      all.add(new Violation(at, "DONE of 1 bytes, which is more than 0", frame(DONE, 1, "x")));
      all.add(
          new Violation(
              at, "OPEN of 1025 bytes, which is more than 1024", header(OPEN, 0, 1025, 2, "")));
      all.add(new Violation(at, "OPEN of no byte", frame(OPEN, 2, "")));
    }
    all.addAll(
        List.of(
            new Violation(At.ACCEPTOR_IDLE, "DATA while no flow is on", frame(DATA, 1, "x")),
            new Violation(At.ACCEPTOR_IDLE, "ABORT while no flow is on", frame(ABORT, 0, "x")),
            new Violation(At.ACCEPTOR_IDLE, "OPEN of flow 2 where it is 1", frame(OPEN, 2, "x")),
            new Violation(
                At.ACCEPTOR_IDLE, "OPEN of flow 4294967295 where it is 1", frame(OPEN, -1, "x")),
            new Violation(
                At.ACCEPTOR_IDLE,
                "OPEN with a byte that is no printable ASCII",
                frame(OPEN, 1, "//x\n")),
            new Violation(
                At.ACCEPTOR_IDLE,
                "OPEN with a byte that is no printable ASCII",
                frame(OPEN, 1, "//\u00e9#1")),
            new Violation(
                At.ACCEPTOR_IN_FLOW, "OPEN while flow 1 is not over", frame(OPEN, 2, "x")),
            new Violation(At.ACCEPTOR_IN_FLOW, "DATA of flow 2 where it is 1", frame(DATA, 2, "x")),
            new Violation(At.ACCEPTOR_IN_FLOW, "END of flow 0 where it is 1", frame(END, 0, "")),
            new Violation(
                At.ACCEPTOR_IN_FLOW, "DONE from the end that opens flows", frame(DONE, 1, "")),
            new Violation(
                At.ACCEPTOR_IN_FLOW, "ABORT of flow 2 where it is 1", frame(ABORT, 2, "x")),
            new Violation(
                At.ACCEPTOR_IN_FLOW,
                "END after END",
                join(frame(DATA, 1, "x"), frame(END, 1, ""), frame(END, 1, ""))),
            new Violation(At.ACCEPTOR_AFTER_END, "DATA after END", frame(DATA, 1, "x")),
            new Violation(At.ACCEPTOR_AFTER_END, "END after END", frame(END, 1, "")),
            new Violation(
                At.ACCEPTOR_AFTER_END, "OPEN while flow 1 is not over", frame(OPEN, 2, "x")),
            new Violation(At.ACCEPTOR_AFTER_DONE, "ABORT while no flow is on", frame(ABORT, 1, "")),
            new Violation(
                At.ACCEPTOR_AFTER_DONE, "OPEN of flow 1 where it is 2", frame(OPEN, 1, "x")),
            new Violation(
                At.OPENER_IDLE, "OPEN from the end that takes flows", frame(OPEN, 1, "x")),
            new Violation(At.OPENER_IDLE, "END while no flow is on", frame(END, 0, "")),
            new Violation(
                At.OPENER_IN_FLOW, "OPEN from the end that takes flows", frame(OPEN, 2, "x")),
            new Violation(At.OPENER_IN_FLOW, "DONE before both ENDs", frame(DONE, 1, "")),
            new Violation(
                At.OPENER_IN_FLOW,
                "DONE before both ENDs",
                join(frame(END, 1, ""), frame(DONE, 1, ""))),
            new Violation(At.OPENER_AFTER_ITS_END, "DONE before both ENDs", frame(DONE, 1, "")),
            new Violation(At.OPENER_AFTER_BOTH_ENDS, "DATA after END", frame(DATA, 1, "x")),
            new Violation(
                At.OPENER_AFTER_BOTH_ENDS, "DONE of flow 2 where it is 1", frame(DONE, 2, "")),
            new Violation(At.OPENER_AFTER_DONE, "ABORT while no flow is on", frame(ABORT, 1, "x")),
            new Violation(At.OPENER_AFTER_DONE, "DONE while no flow is on", frame(DONE, 1, ""))));
    return all.stream();
  }

  private final TestLoop loop = TestLoop.start();
  private final FramedPair.Keeper keeper = new FramedPair.Keeper();
  private FlowDriver driver;

  @ParameterizedTest
  @MethodSource("violations")
  void itEndsTheConnection(Violation violation) throws Exception {
    check(violation, 64 * 1024);
  }

  @ParameterizedTest
  @MethodSource("violations")
  void itEndsTheConnectionByteByByteToo(Violation violation) throws Exception {
    check(violation, 1);
  }

  private void check(Violation violation, int chunk) throws Exception {
    FlowPair pair = new FlowPair(loop.loop(), 100_000);
    RawPeer peer = new RawPeer(loop, pair.right());
    Flow beneath = new ChunkedFlow(pair.left(), chunk);
    FramedConnection connection = prepare(violation.at(), peer, beneath);
    loop.run(() -> peer.flow.write(violation.bytes()));
    loop.until(
        "somebody is told",
        () -> keeper.deaths.size() == 1 || (driver != null && driver.failure() != null));
    Throwable told = keeper.deaths.isEmpty() ? driver.failure() : keeper.deaths.get(0);
    assertEquals(violation.message(), told.getMessage());
    assertEquals(FrameException.class, told.getClass());
    assertFalse(loop.call(beneath::isOpen));
    assertFalse(loop.call(connection::isIdle));
    loop.turns();
    assertEquals(1, keeper.deaths.size() + (driver != null && driver.failure() != null ? 1 : 0));
    assertThrows(IOException.class, () -> loop.call(() -> peer.flow.read(ByteBuffer.allocate(8))));
    loop.run(() -> peer.flow.abort(null));
  }

  private FramedConnection prepare(At at, RawPeer peer, Flow beneath) throws Exception {
    return at.name().startsWith("ACCEPTOR")
        ? prepareAcceptor(at, peer, beneath)
        : prepareOpener(at, peer, beneath);
  }

  private FramedConnection prepareAcceptor(At at, RawPeer peer, Flow beneath) throws Exception {
    FramedConnection connection = loop.call(() -> FramedConnection.acceptor(beneath, keeper));
    loop.run(connection::watch);
    if (at == At.ACCEPTOR_IDLE) {
      return connection;
    }
    peer.send(frame(OPEN, 1, "//1#1"));
    loop.until("the flow", () -> keeper.flows.size() == 1);
    Flow flow = keeper.flows.get(0);
    if (at == At.ACCEPTOR_IN_FLOW) {
      driver = readAgain(flow);
      return connection;
    }
    peer.send(frame(END, 1, ""));
    loop.until("the end", () -> flow.read(ByteBuffer.allocate(8)) == -1);
    if (at == At.ACCEPTOR_AFTER_END) {
      driver = readAgain(flow);
      return connection;
    }
    loop.run(flow::shutdownOutput);
    loop.run(flow::close);
    loop.until("returned", () -> keeper.returns == 1);
    return connection;
  }

  /** A driver that goes on reading after the end, as a relay does now and then. */
  private FlowDriver readAgain(Flow flow) throws Exception {
    return loop.call(
        () -> {
          FlowDriver driver = new FlowDriver(flow);
          flow.attach(
              new FlowOwner() {
                @Override
                public void ready(Flow flow, int ops) throws IOException {
                  driver.ready(flow, ops);
                  flow.interest(Flow.READ, 0);
                }

                @Override
                public void failed(Flow flow, Throwable cause) {
                  driver.failed(flow, cause);
                }
              });
          return driver;
        });
  }

  private FramedConnection prepareOpener(At at, RawPeer peer, Flow beneath) throws Exception {
    FramedConnection connection = loop.call(() -> FramedConnection.opener(beneath, keeper));
    loop.run(connection::watch);
    if (at == At.OPENER_IDLE) {
      return connection;
    }
    Flow flow = loop.call(() -> connection.open("//1#1"));
    if (at == At.OPENER_IN_FLOW) {
      driver = readAgain(flow);
      return connection;
    }
    loop.run(flow::shutdownOutput);
    driver = readAgain(flow);
    if (at == At.OPENER_AFTER_ITS_END) {
      return connection;
    }
    peer.send(frame(END, 1, ""));
    loop.until("the end", driver::ended);
    loop.run(flow::close);
    if (at == At.OPENER_AFTER_DONE) {
      peer.expect("OPEN 1 //1#1", "END 1");
      peer.send(frame(DONE, 1, ""));
      loop.until("returned", () -> keeper.returns == 1);
    }
    return connection;
  }
}
