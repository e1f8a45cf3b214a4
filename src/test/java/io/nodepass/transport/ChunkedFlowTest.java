package io.nodepass.transport;

import io.nodepass.testkit.ChunkedFlow;
import io.nodepass.testkit.FlowPair;
import io.nodepass.testkit.TestLoop;

/** The contract holds for flows that move a single byte at a time. */
class ChunkedFlowTest extends FlowContract {
  @Override
  protected Ends connect(TestLoop loop) {
    FlowPair pair = new FlowPair(loop.loop(), 1_000);
    return new Ends(new ChunkedFlow(pair.left(), 1), new ChunkedFlow(pair.right(), 1));
  }

  @Override
  protected long bulk() {
    return 50_000;
  }
}
