package io.nodepass.transport.framed;

import io.nodepass.jmh.PipeFlow;
import io.nodepass.jmh.Stage;
import io.nodepass.reactor.EventLoop;
import io.nodepass.transport.Flow;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * A write on one framed flow and the reads on the other, over a connection in memory, against the
 * same without frames: what headers, and closing the gaps that they leave, cost.
 */
@State(Scope.Thread)
public class FramedRecordBenchmark {
  private static final int ROOM = 128 * 1024;

  /** How much is written at once. */
  public enum Shape {
    /** A short message. */
    MESSAGE(64),
    /** As many bytes as a frame takes. */
    FULL(Frame.MOST_DATA),
    /** A large buffer, so five frames. */
    BUFFER(64 * 1024);

    final int bytes;

    Shape(int bytes) {
      this.bytes = bytes;
    }
  }

  /** Nothing becomes of these connections but the flow that is on them. */
  private static final class Nobody implements FramedConnection.Owner {
    @Override
    public void opened(FramedConnection connection, Flow flow, String signal) {}

    @Override
    public void returned(FramedConnection connection) {}

    @Override
    public void died(FramedConnection connection, Throwable cause) {}
  }

  @Param Shape shape;
  ByteBuffer sent;
  final ByteBuffer got = ByteBuffer.allocateDirect(ROOM);
  PipeFlow[] pipe;
  Flow writer;
  Flow reader;

  @Setup
  public void open() throws IOException {
    EventLoop loop = Stage.loop();
    sent = Stage.pattern(shape.bytes);
    pipe = PipeFlow.pair(loop, ROOM);
    // A pipe tells no owner that something has come. So both are ends that open flows, and what
    // each says of that is taken away before the other sees it.
    writer = FramedConnection.opener(pipe[0], new Nobody()).open("//00000001#1");
    pipe[1].read(got.clear());
    reader = FramedConnection.opener(pipe[1], new Nobody()).open("//00000001#1");
    pipe[0].read(got.clear());
  }

  @Benchmark
  public int ours() throws IOException {
    return pass(writer, reader);
  }

  @Benchmark
  public int reference() throws IOException {
    return pass(pipe[0], pipe[1]);
  }

  private int pass(Flow from, Flow into) throws IOException {
    from.write(sent.clear());
    got.clear();
    while (got.position() < shape.bytes) {
      into.read(got);
    }
    return got.position();
  }
}
