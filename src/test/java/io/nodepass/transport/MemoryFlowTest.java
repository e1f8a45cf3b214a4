package io.nodepass.transport;

import io.nodepass.testkit.FlowPair;
import io.nodepass.testkit.TestLoop;

/** The double keeps the contract too. */
class MemoryFlowTest extends FlowContract {
  @Override
  protected Ends connect(TestLoop loop) {
    FlowPair pair = new FlowPair(loop.loop(), 1_000);
    return new Ends(pair.left(), pair.right());
  }

  @Override
  protected long bulk() {
    return 5L << 20;
  }
}
