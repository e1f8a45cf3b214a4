package io.nodepass.relay;

import java.io.IOException;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Spoiled on purpose, for {@code --check-gate}: every byte goes twice through the pump. */
@State(Scope.Thread)
public class RepeatingPump extends PumpMemoryBenchmark {
  @Override
  public int ours() throws IOException {
    super.ours();
    return super.ours();
  }
}
