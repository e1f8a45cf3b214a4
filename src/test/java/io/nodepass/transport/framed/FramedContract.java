package io.nodepass.transport.framed;

import io.nodepass.testkit.TestLoop;
import io.nodepass.transport.FlowContract;
import org.junit.jupiter.api.AfterEach;

/** The contract of a flow, for those of framed connections. */
abstract class FramedContract extends FlowContract {
  private FramedPair pair;

  /** What is beneath. */
  protected abstract Ends beneath(TestLoop loop) throws Exception;

  /** How many flows the connection has carried before. */
  protected int usesBefore() {
    return 0;
  }

  /** Whether the left flow, which does most of the sending, is the end that takes flows. */
  protected boolean swapped() {
    return false;
  }

  @Override
  protected final Ends connect(TestLoop loop) throws Exception {
    pair = new FramedPair(loop, beneath(loop));
    for (int i = 0; i < usesBefore(); i++) {
      pair.finish(pair.open("//before#1"));
    }
    Ends ends = pair.open("//00000001?src=127.0.0.1:50412#1");
    return swapped() ? new Ends(/* left= */ ends.right(), /* right= */ ends.left()) : ends;
  }

  @AfterEach
  final void abortConnections() throws Exception {
    pair.abort();
  }
}
