package io.nodepass.transport.framed;

import io.nodepass.testkit.TestLoop;
import io.nodepass.transport.ConnectedFlows;
import io.nodepass.transport.Flow;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Both ends of a framed connection on one loop, and what their owners were told. */
final class FramedPair {
  /** An owner that writes down what it is told, and watches what has returned. */
  static final class Keeper implements FramedConnection.Owner {
    final List<Flow> flows = new ArrayList<>();
    final List<String> signals = new ArrayList<>();
    final List<Throwable> deaths = new ArrayList<>();
    int returns;
    boolean watching = true;

    @Override
    public void opened(FramedConnection connection, Flow flow, String signal) {
      flows.add(flow);
      signals.add(signal);
    }

    @Override
    public void returned(FramedConnection connection) {
      returns++;
      if (watching) {
        connection.watch();
      }
    }

    @Override
    public void died(FramedConnection connection, Throwable cause) {
      deaths.add(cause);
    }
  }

  final Keeper opening = new Keeper();
  final Keeper accepting = new Keeper();
  final FramedConnection opener;
  final FramedConnection acceptor;
  private final TestLoop loop;

  FramedPair(TestLoop loop, ConnectedFlows.Ends beneath) throws Exception {
    this.loop = loop;
    this.opener = loop.call(() -> FramedConnection.opener(beneath.left(), opening));
    this.acceptor = loop.call(() -> FramedConnection.acceptor(beneath.right(), accepting));
    loop.run(opener::watch);
    loop.run(acceptor::watch);
  }

  /** The next flow; its left end is the opener's. */
  ConnectedFlows.Ends open(String signal) throws Exception {
    int before = loop.call(accepting.flows::size);
    Flow left = loop.call(() -> opener.open(signal));
    loop.until("the flow is opened", () -> accepting.flows.size() > before);
    return new ConnectedFlows.Ends(left, loop.call(() -> accepting.flows.get(before)));
  }

  /** Ends a flow cleanly, and waits until both connections have returned. */
  void finish(ConnectedFlows.Ends ends) throws Exception {
    int returns = loop.call(() -> opening.returns + accepting.returns);
    loop.run(ends.left()::shutdownOutput);
    loop.run(ends.right()::shutdownOutput);
    for (Flow flow : List.of(ends.left(), ends.right())) {
      ByteBuffer scratch = ByteBuffer.allocate(1024);
      loop.until("the end", () -> flow.read(scratch.clear()) == -1);
      loop.run(flow::close);
    }
    loop.until("both have returned", () -> opening.returns + accepting.returns == returns + 2);
  }

  void abort() throws Exception {
    loop.run(() -> opener.abort(null));
    loop.run(() -> acceptor.abort(null));
  }
}
