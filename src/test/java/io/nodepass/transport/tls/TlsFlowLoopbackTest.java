package io.nodepass.transport.tls;

import io.nodepass.testkit.TestLoop;
import io.nodepass.transport.FlowContract;
import java.util.function.UnaryOperator;

class TlsFlowLoopbackTest extends FlowContract {
  @Override
  protected Ends connect(TestLoop loop) throws Exception {
    return TlsPair.connect(loop, UnaryOperator.identity());
  }
}
