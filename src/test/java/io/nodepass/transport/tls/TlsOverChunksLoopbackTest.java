package io.nodepass.transport.tls;

import io.nodepass.testkit.ChunkedFlow;
import io.nodepass.testkit.TestLoop;
import io.nodepass.transport.FlowContract;
import org.junit.jupiter.api.Nested;

/** The contract holds whatever the pieces are in which the records come and go. */
class TlsOverChunksLoopbackTest {
  @Nested
  class OfOneByte extends Chunks {
    OfOneByte() {
      super(1, 40_000);
    }
  }

  @Nested
  class OfSevenBytes extends Chunks {
    OfSevenBytes() {
      super(7, 200_000);
    }
  }

  @Nested
  class OfSixteenKibibytes extends Chunks {
    OfSixteenKibibytes() {
      super(16 << 10, 20L << 20);
    }
  }

  @Nested
  class OfSixtyFourKibibytes extends Chunks {
    OfSixtyFourKibibytes() {
      super(64 << 10, 20L << 20);
    }
  }

  abstract static class Chunks extends FlowContract {
    private final int size;
    private final long bulk;

    Chunks(int size, long bulk) {
      this.size = size;
      this.bulk = bulk;
    }

    @Override
    protected Ends connect(TestLoop loop) throws Exception {
      return TlsPair.connect(loop, tcp -> new ChunkedFlow(tcp, size));
    }

    @Override
    protected long bulk() {
      return bulk;
    }
  }
}
