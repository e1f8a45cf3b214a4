package io.nodepass.tunnel;

import io.nodepass.reactor.EventLoop;
import io.nodepass.reactor.Timer;
import io.nodepass.transport.Dialer;
import io.nodepass.transport.Flow;
import io.nodepass.transport.FlowOwner;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The dial of one data connection of a session, to the end of the server's answer: both ends show
 * that they have the session's secret. For the home loop only.
 */
final class LinkDial implements Dialer.Callback, FlowOwner {
  private static final long DIAL_TIMEOUT = TimeUnit.SECONDS.toNanos(10);
  private static final long ANSWER_TIMEOUT = TimeUnit.SECONDS.toNanos(10);

  /** Of an answer that is good: it has the code, and nothing else must be in it. */
  private static final int SHORTEST = "//ready?mac=".length() + 2 * SessionKeys.SIZE + 1;

  private final EventLoop loop;
  private final OpenSession session;
  private final LongSupplier numbers;
  private final Outcome outcome;
  private final Timer limit;
  private final long began;
  private final FirstLine answer = new FirstLine();
  private long number;
  private Dialer.Dial dial;
  private Flow flow;
  private ByteBuffer pending;
  private byte[] expected;
  private boolean over;

  /** How it ended; one of them is called once, unless it is discarded first. */
  interface Outcome {
    /** The flow has no owner; what the server says behind its answer is still to be read. */
    void ready(LinkDial dial, Flow flow, long nanos);

    void failed(LinkDial dial, String reason);

    void refused(LinkDial dial, Refusal refusal);
  }

  /**
   * Prepares a dial.
   *
   * @param numbers gives one that the session has not used yet. It is asked when the number is to
   *     be said, because the server remembers only so many: one that was drawn before a slow dial
   *     could be too old by then
   */
  LinkDial(EventLoop loop, OpenSession session, LongSupplier numbers, Outcome outcome) {
    this.loop = loop;
    this.session = session;
    this.numbers = numbers;
    this.outcome = outcome;
    this.limit = new Timer(() -> die("no answer within " + Seconds.text(ANSWER_TIMEOUT)));
    this.began = loop.time();
  }

  /** Which one of its session it is; 0 before it is connected. */
  long number() {
    return number;
  }

  void open(Dialer dialer, InetSocketAddress address) {
    Dialer.Dial started = dialer.dial(loop, address, DIAL_TIMEOUT, this);
    if (flow == null && !over) {
      dial = started;
    }
  }

  @Override
  public void connected(Flow flow) {
    dial = null;
    this.flow = flow;
    loop.schedule(limit, ANSWER_TIMEOUT);
    byte[] bind = Binding.of(flow);
    number = numbers.getAsLong();
    expected = session.answer(bind, number);
    String line =
        SessionLine.of("data")
            .with("session", session.id())
            .with("n", number)
            .with("mac", Hex.of(session.token(bind, number)))
            .build()
            .raw();
    pending = ByteBuffer.wrap(line.getBytes(StandardCharsets.US_ASCII));
    flow.attach(this);
    try {
      write();
    } catch (IOException e) {
      failed(flow, e);
    }
  }

  private void write() throws IOException {
    flow.write(pending);
    flow.interest(pending.hasRemaining() ? Flow.READ | Flow.WRITE : Flow.READ);
  }

  @Override
  public void failed(IOException cause) {
    die(String.valueOf(cause.getMessage()));
  }

  @Override
  public void ready(Flow flow, int ops) throws IOException {
    if (over) {
      return;
    }
    if ((ops & Flow.WRITE) != 0) {
      write();
    }
    if ((ops & Flow.READ) != 0 && answer.readNoFurther(flow, SHORTEST)) {
      answered(SessionLine.parse(answer.text()));
    }
  }

  private void answered(SessionLine line) throws ProtocolException {
    if (line.is("refused")) {
      Refusal refusal = Refusal.from(line);
      discard(refusal);
      outcome.refused(this, refusal);
    } else if (!line.is("ready")) {
      throw new ProtocolException("was answered by //" + line.what());
    } else if (!SessionKeys.same(expected, line.hex("mac", SessionKeys.SIZE))) {
      throw new ProtocolException(
          "the server that answers has not the session's secret: somebody is in the middle, or"
              + " another server is behind that address");
    } else {
      over = true;
      loop.cancel(limit);
      flow.interest(0);
      outcome.ready(this, flow, loop.time() - began);
    }
  }

  @Override
  public void failed(Flow flow, Throwable cause) {
    die(
        cause instanceof EOFException && answer.isEmpty()
            ? "closed before it was answered"
            : String.valueOf(cause.getMessage()));
  }

  private void die(String reason) {
    if (!over) {
      discard(new IOException(reason));
      outcome.failed(this, reason);
    }
  }

  /** Ends it; nobody is told. */
  void discard(IOException cause) {
    if (over) {
      return;
    }
    over = true;
    loop.cancel(limit);
    if (dial != null) {
      dial.cancel();
    }
    if (flow != null) {
      flow.abort(cause);
    }
  }
}
