package io.nodepass.tunnel;

import io.nodepass.jmh.PipeFlow;
import io.nodepass.jmh.Stage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * One signal of the control channel, from the flow to the id as a text: against a scan for its end
 * and its hash sign.
 */
@State(Scope.Thread)
public class SignalLineBenchmark {
  final ByteBuffer line =
      ByteBuffer.allocateDirect(64)
          .put(ControlLine.tcp("0a1b2c3d").getBytes(StandardCharsets.US_ASCII))
          .flip();
  final ByteBuffer scanned = ByteBuffer.allocateDirect(16 * 1024);
  final byte[] id = new byte[ControlLine.ID_LENGTH];
  final Consumer<String> parse = this::parse;
  PipeFlow server;
  PipeFlow client;
  LineReader reader;
  String last;

  @Setup
  public void open() throws IOException {
    PipeFlow[] pipe = PipeFlow.pair(Stage.loop(), 1024);
    server = pipe[0];
    client = pipe[1];
    reader = new LineReader(client);
  }

  private void parse(String text) {
    try {
      ControlLine parsed = ControlLine.parse(text);
      if (parsed.fragment().equals(ControlLine.TCP) && ControlLine.isId(parsed.authority())) {
        last = parsed.authority();
      }
    } catch (ProtocolException e) {
      throw new IllegalStateException(e);
    }
  }

  @Benchmark
  public String ours() throws IOException {
    server.write(line.rewind());
    reader.read(parse);
    return last;
  }

  @Benchmark
  public String reference() {
    server.write(line.rewind());
    client.read(scanned.clear());
    scanned.flip();
    int hash = -1;
    for (byte b = 0; b != '\n'; ) {
      b = scanned.get();
      if (b == '#') {
        hash = scanned.position() - 1;
      }
    }
    scanned.get(hash - id.length, id);
    last = new String(id, StandardCharsets.ISO_8859_1);
    return last;
  }
}
