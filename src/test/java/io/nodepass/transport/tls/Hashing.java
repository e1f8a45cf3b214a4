package io.nodepass.transport.tls;

import io.nodepass.transport.Flow;
import io.nodepass.transport.FlowOwner;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Receives to the end and sends when told to, with SHA-256 sums that other programs make too. */
final class Hashing implements FlowOwner {
  private final Flow flow;
  private final MessageDigest received = sha256();
  private final MessageDigest sent = sha256();
  private final ByteBuffer incoming = ByteBuffer.allocateDirect(64 * 1024);
  private ByteBuffer outgoing = ByteBuffer.allocate(0);
  private long count;
  private boolean ended;
  private boolean sentAll;

  Hashing(Flow flow) {
    this.flow = flow;
    flow.attach(this);
    flow.interest(Flow.READ);
  }

  void send(int bytes) {
    outgoing = ByteBuffer.allocateDirect(bytes);
    while (outgoing.hasRemaining()) {
      outgoing.put((byte) (outgoing.position() * 17));
    }
    sent.update(outgoing.flip().duplicate());
    flow.interest(Flow.WRITE, 0);
  }

  @Override
  public void ready(Flow flow, int ops) throws IOException {
    if ((ops & Flow.WRITE) != 0) {
      flow.write(outgoing);
      if (!outgoing.hasRemaining()) {
        flow.interest(0, Flow.WRITE);
        flow.shutdownOutput();
        sentAll = true;
      }
    }
    if ((ops & Flow.READ) != 0) {
      int n = flow.read(incoming.clear());
      ended = n < 0;
      count += Math.max(0, n);
      received.update(incoming.flip());
      flow.interest(0, ended ? Flow.READ : 0);
    }
  }

  @Override
  public void failed(Flow flow, Throwable cause) {
    flow.abort(cause);
    throw new AssertionError(cause);
  }

  boolean ended() {
    return ended;
  }

  boolean sentAll() {
    return sentAll;
  }

  long received() {
    return count;
  }

  String receivedHash() {
    return HexFormat.of().formatHex(received.digest());
  }

  String sentHash() {
    return HexFormat.of().formatHex(sent.digest());
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }
}
