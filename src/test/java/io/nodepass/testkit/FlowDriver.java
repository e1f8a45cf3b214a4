package io.nodepass.testkit;

import io.nodepass.transport.Flow;
import io.nodepass.transport.FlowOwner;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import java.util.zip.CRC32C;

/**
 * A peer for tests: sends what it was told to, as the flow takes it, and receives whatever comes.
 * On the loop's thread.
 */
public final class FlowDriver implements FlowOwner {
  private static final int KEPT = 64 * 1024;

  private final Flow flow;
  private final ByteBuffer incoming = ByteBuffer.allocateDirect(64 * 1024);
  private final ByteBuffer outgoing = ByteBuffer.allocateDirect(64 * 1024).limit(0);
  private final byte[] block = new byte[64 * 1024];
  private final CRC32C sentSum = new CRC32C();
  private final CRC32C receivedSum = new CRC32C();
  private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
  private SplittableRandom random;
  private long unsent;
  private boolean endAfter;
  private long received;
  private int ends;
  private int told;
  private Throwable failure;

  public FlowDriver(Flow flow) {
    this.flow = flow;
    flow.attach(this);
    flow.interest(Flow.READ);
  }

  /** Sends so many random bytes, then its end if {@code end}. */
  public void send(long bytes, long seed, boolean end) {
    random = new SplittableRandom(seed);
    unsent = bytes;
    endAfter = end;
    flow.interest(Flow.WRITE, 0);
  }

  @Override
  public void ready(Flow flow, int ops) throws IOException {
    told++;
    if ((ops & Flow.WRITE) != 0) {
      push();
    }
    if ((ops & Flow.READ) != 0) {
      pull();
    }
  }

  private void push() throws IOException {
    if (!outgoing.hasRemaining() && unsent > 0) {
      int n = (int) Math.min(block.length, unsent);
      random.nextBytes(block);
      sentSum.update(block, 0, n);
      outgoing.clear().put(block, 0, n).flip();
      unsent -= n;
    }
    flow.write(outgoing);
    if (!outgoing.hasRemaining() && unsent == 0) {
      flow.interest(0, Flow.WRITE);
      if (endAfter) {
        flow.shutdownOutput();
      }
    }
  }

  private void pull() throws IOException {
    int n = flow.read(incoming.clear());
    if (n < 0) {
      ends++;
      flow.interest(0, Flow.READ);
      return;
    }
    received += n;
    receivedSum.update(incoming.flip());
    for (int i = 0; i < n && kept.size() < KEPT; i++) {
      kept.write(incoming.get(i));
    }
  }

  @Override
  public void failed(Flow flow, Throwable cause) {
    failure = cause;
    flow.abort(cause);
  }

  /** Everything was handed to the flow. */
  public boolean sentAll() {
    return unsent == 0 && !outgoing.hasRemaining();
  }

  public long sentSum() {
    return sentSum.getValue();
  }

  public long received() {
    return received;
  }

  public long receivedSum() {
    return receivedSum.getValue();
  }

  /** The first bytes received, as ASCII. */
  public String text() {
    return kept.toString(StandardCharsets.US_ASCII);
  }

  /** Whether the peer's end was read. */
  public boolean ended() {
    return ends > 0;
  }

  /** What the flow failed with, or null. */
  public Throwable failure() {
    return failure;
  }

  /** How often readiness was told. */
  public int told() {
    return told;
  }
}
