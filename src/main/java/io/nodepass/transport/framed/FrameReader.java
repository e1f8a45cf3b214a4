package io.nodepass.transport.framed;

import io.nodepass.buffer.BufferPool;
import io.nodepass.transport.Flow;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Takes the frames of one direction apart, and refuses what must not come at that moment. It keeps
 * no user's byte: those of DATA stay in the buffer into which they were read. For the thread of the
 * connection's loop.
 */
final class FrameReader {
  /** How much of what a broken connection still holds is looked through: a few buffers. */
  private static final int MOST_READS = 64;

  private static final byte[] NOTHING = new byte[0];

  private final Flow inner;
  private final boolean opener;
  private int flow;
  private boolean on;
  private boolean peerEnded;
  private boolean weEnded;
  private boolean done;
  private boolean aborted;
  private boolean streamEnded;
  private long header;
  private int headerLeft = Frame.HEADER;
  private int left;
  private byte[] payload = NOTHING;
  private String signal;
  private IOException failure;
  private boolean filled;

  /**
   * @param opener whether we are the end that opens flows
   */
  FrameReader(Flow inner, boolean opener) {
    this.inner = inner;
    this.opener = opener;
  }

  /** The number of the flow that is on, or was last; 0 before the first. */
  int flow() {
    return flow;
  }

  /** The next flow begins. */
  int begin() {
    flow++;
    on = true;
    peerEnded = false;
    weEnded = false;
    done = false;
    return flow;
  }

  /** The flow is over. */
  void over() {
    on = false;
  }

  /** Our END has been handed on: the peer may answer it. */
  void weEnded() {
    weEnded = true;
  }

  /** END has come. */
  boolean peerEnded() {
    return peerEnded;
  }

  /** DONE has come. */
  boolean done() {
    return done;
  }

  /** ABORT has come. */
  boolean aborted() {
    return aborted;
  }

  /** The connection beneath has ended. */
  boolean streamEnded() {
    return streamEnded;
  }

  /** The signal of an OPEN that has come since this was called last; null when none has. */
  String takeSignal() {
    String taken = signal;
    signal = null;
    return taken;
  }

  /** The last read has filled its buffer, before the headers were taken out. */
  boolean filled() {
    return filled;
  }

  /** What ended the flow; a read that found it behind some bytes has given those first. */
  IOException failure() {
    return failure;
  }

  /**
   * Reads once, and leaves the user's bytes of what came in the buffer.
   *
   * @return how many bytes came, those of headers included
   * @throws IOException when the flow is aborted, by the peer or by what the peer sent
   */
  int read(ByteBuffer buffer) throws IOException {
    int start = buffer.position();
    int n = inner.read(buffer);
    filled = !buffer.hasRemaining();
    if (n < 0) {
      streamEnded = true;
      throw new IOException(
          on
              ? "the connection ended in the middle of flow " + Integer.toUnsignedString(flow)
              : "the peer has ended the connection");
    }
    if (n > 0) {
      strip(buffer, start);
    }
    return n;
  }

  /**
   * Reads a header or a payload, and no byte behind it, where no DATA may come.
   *
   * @return false when nothing was there
   * @throws IOException as {@link #read} does
   */
  boolean step() throws IOException {
    BufferPool pool = inner.loop().buffers();
    ByteBuffer scratch = pool.acquireSmall();
    try {
      scratch.limit(headerLeft > 0 ? headerLeft : left);
      return read(scratch) > 0;
    } finally {
      pool.release(scratch);
    }
  }

  /**
   * Why something could not be sent: what the peer has said about that, if it has, and else what
   * the flow beneath threw. Whatever else comes is dropped.
   */
  IOException reason(IOException thrown) {
    BufferPool pool = inner.loop().buffers();
    ByteBuffer scratch = pool.acquireSmall();
    try {
      for (int i = 0; i < MOST_READS && read(scratch.clear()) > 0; i++) {
        // An ABORT is the last that a peer sends.
      }
      return aborted ? failure : thrown;
    } catch (IOException e) {
      return aborted ? failure : thrown;
    } finally {
      pool.release(scratch);
    }
  }

  /** Closes the gaps that are left where there was something else than the user's bytes. */
  private void strip(ByteBuffer buffer, int start) throws IOException {
    int end = buffer.position();
    int from = start;
    int to = start;
    try {
      while (from < end) {
        if (headerLeft > 0) {
          header = header << 8 | (buffer.get(from++) & 0xff);
          if (--headerLeft == 0) {
            begun();
          }
          continue;
        }
        int n = Math.min(left, end - from);
        if (Frame.type(header) == Frame.DATA) {
          if (from != to) {
            buffer.put(to, buffer, from, n);
          }
          to += n;
        } else {
          buffer.get(from, payload, payload.length - left, n);
        }
        from += n;
        left -= n;
        if (left == 0) {
          completed();
        }
      }
    } catch (IOException e) {
      failure = e;
      if (to == start) {
        throw e;
      }
    } finally {
      buffer.position(to);
    }
  }

  private void begun() throws IOException {
    check(Frame.type(header), Frame.length(header));
    left = Frame.length(header);
    if (left == 0) {
      completed();
    } else if (Frame.type(header) != Frame.DATA) {
      payload = new byte[left];
    }
  }

  private void check(int type, int length) throws FrameException {
    int most = Frame.mostPayload(type);
    String name = Frame.name(type);
    if (most < 0) {
      throw new FrameException(name);
    }
    if (Frame.reserved(header) != 0) {
      throw new FrameException(name + " with " + Frame.reserved(header) + " in its second byte");
    }
    if (length > most) {
      throw new FrameException(name + " of " + length + " bytes, which is more than " + most);
    }
    if (length == 0 && (type == Frame.DATA || type == Frame.OPEN)) {
      throw new FrameException(name + " of no byte");
    }
    if (type == Frame.OPEN) {
      checkOpen();
    } else {
      checkInFlow(type, name);
    }
  }

  private void checkOpen() throws FrameException {
    if (opener) {
      throw new FrameException("OPEN from the end that takes flows");
    }
    if (on) {
      throw new FrameException("OPEN while flow " + shown(flow) + " is not over");
    }
    requireNumber("OPEN", flow + 1);
  }

  private void checkInFlow(int type, String name) throws FrameException {
    if (!on) {
      throw new FrameException(name + " while no flow is on");
    }
    requireNumber(name, flow);
    if (done) {
      throw new FrameException(name + " after DONE");
    }
    if (type == Frame.DONE) {
      if (!opener) {
        throw new FrameException("DONE from the end that opens flows");
      }
      if (!peerEnded || !weEnded) {
        throw new FrameException("DONE before both ENDs");
      }
    } else if (peerEnded && type != Frame.ABORT) {
      throw new FrameException(name + " after END");
    }
  }

  private void requireNumber(String name, int expected) throws FrameException {
    int number = Frame.flow(header);
    if (number != expected) {
      throw new FrameException(
          name + " of flow " + shown(number) + " where it is " + shown(expected));
    }
  }

  private static String shown(int number) {
    return Integer.toUnsignedString(number);
  }

  private void completed() throws IOException {
    headerLeft = Frame.HEADER;
    switch (Frame.type(header)) {
      case Frame.OPEN -> {
        requirePrintable();
        signal = new String(payload, StandardCharsets.US_ASCII);
        begin();
      }
      case Frame.END -> peerEnded = true;
      case Frame.DONE -> done = true;
      case Frame.ABORT -> {
        aborted = true;
        throw AbortedByPeerException.read(Frame.length(header) == 0 ? NOTHING : payload);
      }
      default -> {
        // DATA: its bytes are where they belong already.
      }
    }
    payload = NOTHING;
  }

  private void requirePrintable() throws FrameException {
    for (byte b : payload) {
      if (b < 0x20 || b > 0x7e) {
        throw new FrameException("OPEN with a byte that is no printable ASCII");
      }
    }
  }
}
