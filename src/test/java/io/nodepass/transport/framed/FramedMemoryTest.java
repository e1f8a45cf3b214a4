package io.nodepass.transport.framed;

import io.nodepass.testkit.ChunkedFlow;
import io.nodepass.testkit.FlowPair;
import io.nodepass.testkit.TestLoop;
import org.junit.jupiter.api.Nested;

/** The contract over memory, whatever the pieces are in which the frames come and go. */
class FramedMemoryTest {
  @Nested
  class AtTheOpener extends Memory {
    AtTheOpener() {
      super(1_000, Integer.MAX_VALUE, 0, false, 5L << 20);
    }
  }

  @Nested
  class AtTheAcceptor extends Memory {
    AtTheAcceptor() {
      super(1_000, Integer.MAX_VALUE, 0, true, 5L << 20);
    }
  }

  @Nested
  class OnTheSecondFlow extends Memory {
    OnTheSecondFlow() {
      super(50_000, Integer.MAX_VALUE, 1, false, 20L << 20);
    }
  }

  @Nested
  class OnTheThirdFlowAtTheAcceptor extends Memory {
    OnTheThirdFlowAtTheAcceptor() {
      super(100_000, Integer.MAX_VALUE, 2, true, 20L << 20);
    }
  }

  @Nested
  class OverSingleBytes extends Memory {
    OverSingleBytes() {
      super(1_000, 1, 0, false, 40_000);
    }
  }

  @Nested
  class OverSingleBytesOnTheSecondFlow extends Memory {
    OverSingleBytesOnTheSecondFlow() {
      super(1_000, 1, 1, true, 40_000);
    }
  }

  @Nested
  class OverSevenBytes extends Memory {
    OverSevenBytes() {
      super(1_000, 7, 1, false, 200_000);
    }
  }

  @Nested
  class OverFrames extends Memory {
    OverFrames() {
      super(1 << 20, 1 << 14, 0, true, 20L << 20);
    }
  }

  abstract static class Memory extends FramedContract {
    private final int capacity;
    private final int chunk;
    private final int usesBefore;
    private final boolean swapped;
    private final long bulk;

    Memory(int capacity, int chunk, int usesBefore, boolean swapped, long bulk) {
      this.capacity = capacity;
      this.chunk = chunk;
      this.usesBefore = usesBefore;
      this.swapped = swapped;
      this.bulk = bulk;
    }

    @Override
    protected Ends beneath(TestLoop loop) {
      FlowPair pair = new FlowPair(loop.loop(), capacity);
      return chunk == Integer.MAX_VALUE
          ? new Ends(pair.left(), pair.right())
          : new Ends(new ChunkedFlow(pair.left(), chunk), new ChunkedFlow(pair.right(), chunk));
    }

    @Override
    protected int usesBefore() {
      return usesBefore;
    }

    @Override
    protected boolean swapped() {
      return swapped;
    }

    @Override
    protected long bulk() {
      return bulk;
    }
  }
}
