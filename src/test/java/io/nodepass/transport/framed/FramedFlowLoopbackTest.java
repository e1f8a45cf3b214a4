package io.nodepass.transport.framed;

import io.nodepass.testkit.ChunkedFlow;
import io.nodepass.testkit.LoopbackPair;
import io.nodepass.testkit.TestLoop;
import io.nodepass.transport.ConnectedFlows;
import io.nodepass.transport.tls.TlsPair;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Nested;

/** The contract over what the product has beneath: TLS on TCP, and TCP alone. */
class FramedFlowLoopbackTest {
  @Nested
  class OverTcp extends FramedContract {
    @Override
    protected Ends beneath(TestLoop loop) throws Exception {
      return tcp(loop);
    }
  }

  @Nested
  class OverTcpOnTheSecondFlowAtTheAcceptor extends FramedContract {
    @Override
    protected Ends beneath(TestLoop loop) throws Exception {
      return tcp(loop);
    }

    @Override
    protected int usesBefore() {
      return 1;
    }

    @Override
    protected boolean swapped() {
      return true;
    }
  }

  @Nested
  class OverTls extends FramedContract {
    @Override
    protected Ends beneath(TestLoop loop) throws Exception {
      return TlsPair.connect(loop, UnaryOperator.identity());
    }
  }

  @Nested
  class OverTlsOnTheSecondFlowAtTheAcceptor extends FramedContract {
    @Override
    protected Ends beneath(TestLoop loop) throws Exception {
      return TlsPair.connect(loop, UnaryOperator.identity());
    }

    @Override
    protected int usesBefore() {
      return 1;
    }

    @Override
    protected boolean swapped() {
      return true;
    }
  }

  @Nested
  class OverTlsOverSingleBytes extends FramedContract {
    @Override
    protected Ends beneath(TestLoop loop) throws Exception {
      return TlsPair.connect(loop, tcp -> new ChunkedFlow(tcp, 1));
    }

    @Override
    protected int usesBefore() {
      return 1;
    }

    @Override
    protected long bulk() {
      return 40_000;
    }
  }

  @Nested
  class OverTlsInSmallPieces extends FramedContract {
    @Override
    protected Ends beneath(TestLoop loop) throws Exception {
      Ends tls = TlsPair.connect(loop, UnaryOperator.identity());
      return new Ends(new ChunkedFlow(tls.left(), 3_000), new ChunkedFlow(tls.right(), 3_000));
    }

    @Override
    protected boolean swapped() {
      return true;
    }

    @Override
    protected long bulk() {
      return 20L << 20;
    }
  }

  private static ConnectedFlows.Ends tcp(TestLoop loop) throws Exception {
    LoopbackPair.OfFlows pair = LoopbackPair.flows(loop);
    return new ConnectedFlows.Ends(pair.dialled(), pair.accepted());
  }
}
