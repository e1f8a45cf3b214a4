package io.nodepass.tunnel;

import io.nodepass.transport.Farewell;
import io.nodepass.transport.Flow;
import io.nodepass.transport.FlowOwner;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/**
 * Lines both ways over one flow. On the flow's loop throughout. Ends once, by {@link #close} or by
 * a failure that the listener is told of.
 */
final class ControlChannel implements FlowOwner {
  /** Most bytes that may wait for a peer that does not read. */
  private static final int MOST_PENDING = 256 * 1024;

  /** How long a peer has to read why it is turned away. */
  static final long FAREWELL_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Flow flow;
  private Listener listener;
  private final LineReader reader;
  private ByteBuffer pending = ByteBuffer.allocate(0);
  private boolean ended;

  /** Whoever the control channel serves. */
  interface Listener {
    /**
     * A line came.
     *
     * @throws ProtocolException when it makes no sense; the channel is lost then
     */
    void line(String line) throws ProtocolException;

    /** The channel has failed and is closed; nothing more comes. */
    void lost(String reason);

    /**
     * The peer has said something wrong, and {@link #lost} follows.
     *
     * @return a line that it is told before the channel is closed; null aborts the channel
     */
    default String lastWord(ProtocolException cause) {
      return null;
    }

    /** Takes over a flow that is to be closed as soon as the peer has these last bytes. */
    default void farewell(Flow flow, ByteBuffer last) {
      Farewell.begin(flow, last, FAREWELL_NANOS);
    }
  }

  ControlChannel(Flow flow, Listener listener) {
    this.flow = flow;
    this.listener = listener;
    this.reader = new LineReader(flow);
  }

  /** Begins to read. */
  void open() {
    flow.attach(this);
    flow.interest(Flow.READ, 0);
  }

  /** Has another take over; whatever lines follow are for that one, even of the same read. */
  void hand(Listener next) {
    listener = next;
  }

  Flow flow() {
    return flow;
  }

  boolean isOpen() {
    return !ended;
  }

  /** Sends a line, which includes its line break. No effect after the end. */
  void send(String line) {
    if (ended) {
      return;
    }
    try {
      ByteBuffer bytes = ByteBuffer.wrap(line.getBytes(StandardCharsets.US_ASCII));
      if (!pending.hasRemaining()) {
        flow.write(bytes);
      }
      if (bytes.hasRemaining()) {
        hold(bytes);
      }
    } catch (IOException e) {
      failed(flow, e);
    }
  }

  private void hold(ByteBuffer bytes) throws IOException {
    int size = pending.remaining() + bytes.remaining();
    if (size > MOST_PENDING) {
      throw new IOException("does not read what it is sent");
    }
    pending = ByteBuffer.allocate(size).put(pending).put(bytes).flip();
    flow.interest(Flow.WRITE, 0);
  }

  @Override
  public void ready(Flow flow, int ops) throws IOException {
    if ((ops & Flow.WRITE) != 0) {
      flow.write(pending);
      if (!pending.hasRemaining()) {
        flow.interest(0, Flow.WRITE);
      }
    }
    if ((ops & Flow.READ) != 0) {
      read();
    }
  }

  private void read() throws IOException {
    ProtocolException[] wrong = new ProtocolException[1];
    reader.read(
        line -> {
          try {
            if (!ended && wrong[0] == null) {
              listener.line(line);
            }
          } catch (ProtocolException e) {
            wrong[0] = e;
          }
        });
    if (wrong[0] != null) {
      throw wrong[0];
    }
  }

  @Override
  public void failed(Flow flow, Throwable cause) {
    if (ended) {
      return;
    }
    String word =
        cause instanceof ProtocolException wrong && flow.isOpen() ? listener.lastWord(wrong) : null;
    if (word == null) {
      ended = true;
      flow.abort(cause);
    } else {
      end(word);
    }
    listener.lost(cause.getMessage() == null ? cause.toString() : cause.getMessage());
  }

  /** Ends the channel without telling the listener. */
  void close() {
    if (ended) {
      return;
    }
    ended = true;
    flow.closeOrAbort();
  }

  /** Ends the channel with this line, without telling the listener. */
  void end(String line) {
    if (ended) {
      return;
    }
    ended = true;
    byte[] word = line.getBytes(StandardCharsets.US_ASCII);
    ByteBuffer last = ByteBuffer.allocate(pending.remaining() + word.length);
    listener.farewell(flow, last.put(pending).put(word).flip());
  }

  /**
   * Gives the flow away, which goes on without this channel and has no interest then.
   *
   * @throws ProtocolException when something is left to be read or written; it is still ours then
   */
  Flow release() throws ProtocolException {
    if (pending.hasRemaining() || !reader.isEmpty()) {
      throw new ProtocolException("sent more than its line");
    }
    ended = true;
    flow.interest(0);
    return flow;
  }
}
