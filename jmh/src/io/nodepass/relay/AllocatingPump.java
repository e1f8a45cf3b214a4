package io.nodepass.relay;

import io.nodepass.buffer.BufferPool;
import java.nio.ByteBuffer;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Spoiled on purpose, for {@code --check-gate}: its pool makes a new buffer each time. */
@State(Scope.Thread)
public class AllocatingPump extends PumpMemoryBenchmark {
  @Override
  BufferPool pool() {
    return new BufferPool(1, 1) {
      @Override
      public ByteBuffer acquire() {
        return ByteBuffer.allocate(OVERFLOW);
      }
    };
  }
}
