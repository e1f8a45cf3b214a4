package io.nodepass.transport.tls;

import io.nodepass.reactor.EventLoop;
import io.nodepass.reactor.Timer;
import io.nodepass.transport.Addresses;
import io.nodepass.transport.Farewell;
import io.nodepass.transport.Flow;
import io.nodepass.transport.FlowOwner;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;

/**
 * Makes a {@link TlsFlow} of a flow: drives an engine's handshake on the flow's loop, with what
 * takes long on an executor. A failure that has a name is told to the peer by an alert.
 */
public final class TlsHandshake implements FlowOwner {
  private static final long FAREWELL = TimeUnit.SECONDS.toNanos(1);
  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  /** How it ended; one of the two is called once, on the loop's thread. */
  public interface Callback {
    /** The flow has no owner and no interest yet. */
    void connected(TlsFlow flow);

    /**
     * The flow beneath has been aborted, or is closed as soon as the peer has read why.
     *
     * @param cause itself caused by a {@link PeerEndedException} if that is what happened
     */
    void failed(IOException cause);
  }

  private final Flow inner;
  private final EventLoop loop;
  private final Records records;
  private final DelegatedTasks tasks;
  private final Callback callback;
  private final long timeoutNanos;
  private final Timer deadline = new Timer(this::late);
  private boolean heard;
  private boolean done;

  private TlsHandshake(
      Flow inner, SSLEngine engine, Executor executor, long timeoutNanos, Callback callback) {
    this.inner = inner;
    this.loop = inner.loop();
    this.tasks = new DelegatedTasks(engine, executor, loop);
    this.records = new Records(inner, engine, tasks);
    this.timeoutNanos = timeoutNanos;
    this.callback = callback;
  }

  /**
   * Adopts the flow and begins; on its loop's thread. The callback may be called before this
   * returns.
   *
   * @param engine new, with its mode and parameters set
   * @param executor runs what the engine delegates; may refuse
   * @param timeoutNanos for everything together
   */
  public static TlsHandshake begin(
      Flow inner, SSLEngine engine, Executor executor, long timeoutNanos, Callback callback) {
    return begin(inner, NOTHING, engine, executor, timeoutNanos, callback);
  }

  /**
   * As above, of a flow that was read from already.
   *
   * @param first what was read, which is taken at once
   */
  public static TlsHandshake begin(
      Flow inner,
      ByteBuffer first,
      SSLEngine engine,
      Executor executor,
      long timeoutNanos,
      Callback callback) {
    TlsHandshake handshake = new TlsHandshake(inner, engine, executor, timeoutNanos, callback);
    handshake.start(first);
    return handshake;
  }

  private void start(ByteBuffer first) {
    tasks.after(this::proceed);
    inner.attach(this);
    if (first.hasRemaining()) {
      heard = true;
      records.prime(first);
    }
    loop.schedule(deadline, timeoutNanos);
    attempt(
        () -> {
          records.engine().beginHandshake();
          step();
        });
  }

  /** What the loop does for {@link #ready}: nothing that is thrown leaves it half-way. */
  private void attempt(Step step) {
    try {
      step.take();
    } catch (IOException e) {
      failed(inner, e);
    } catch (RuntimeException | Error e) {
      if (done) {
        throw e; // the callback's own
      }
      failed(inner, e);
    }
  }

  @FunctionalInterface
  private interface Step {
    void take() throws IOException;
  }

  /** Gives up and aborts the flow; the callback will not be called. On the loop's thread. */
  public void cancel() {
    if (!done) {
      finish();
      records.release();
      inner.abort(null);
    }
  }

  @Override
  public void ready(Flow flow, int ops) throws IOException {
    if (!done && !tasks.running()) {
      step();
    }
  }

  private void proceed() {
    if (!done) {
      attempt(
          () -> {
            tasks.check();
            step();
          });
    }
  }

  private void step() throws IOException {
    while (!tasks.running()) {
      if (!records.flush()) {
        if (!tasks.running()) {
          inner.interest(Flow.WRITE);
          return;
        }
        continue;
      }
      switch (records.engine().getHandshakeStatus()) {
        case NEED_TASK -> tasks.start();
        case NEED_WRAP -> records.wrapIsDue();
        case NEED_UNWRAP, NEED_UNWRAP_AGAIN -> {
          if (!unwrap()) {
            records.shrink();
            inner.interest(Flow.READ);
            return;
          }
        }
        default -> {
          connected();
          return;
        }
      }
    }
    inner.interest(0);
  }

  /** Takes one record; false when it has not arrived yet. */
  private boolean unwrap() throws IOException {
    if (!records.hasInput()) {
      int n = fill();
      if (n < 0) {
        throw new PeerEndedException(
            heard ? "the peer ended it half-way" : "the peer ended without a word");
      }
      if (n == 0) {
        return false;
      }
      heard = true;
    }
    SSLEngineResult result = records.unwrap(NOTHING);
    if (result.getStatus() == Status.CLOSED) {
      throw new PeerEndedException("the peer ended it half-way");
    }
    return true;
  }

  private int fill() throws PeerEndedException {
    try {
      return records.fill(0);
    } catch (IOException e) {
      throw new PeerEndedException(e);
    }
  }

  private void connected() {
    finish();
    callback.connected(new TlsFlow(records));
  }

  private void finish() {
    done = true;
    loop.cancel(deadline);
  }

  /** It waits for the peer's next word, rather than for us. */
  boolean awaitsPeer() {
    return !done && !tasks.running();
  }

  /** Not a byte has come from the peer. */
  boolean isSilent() {
    return !heard;
  }

  private void late() {
    giveUp("not finished within " + TimeUnit.NANOSECONDS.toMillis(timeoutNanos) + " ms");
  }

  /** Aborts the flow and tells the callback why. On the loop's thread. */
  void giveUp(String reason) {
    if (done) {
      return;
    }
    finish();
    records.release();
    IOException cause = failure(inner, reason, null);
    inner.abort(cause);
    callback.failed(cause);
  }

  static IOException failure(Flow flow, String reason, Throwable cause) {
    return new IOException(
        "TLS handshake with " + Addresses.text(flow.remote()) + " failed: " + reason, cause);
  }

  @Override
  public void failed(Flow flow, Throwable cause) {
    if (done) {
      return;
    }
    finish();
    try {
      if (cause instanceof SSLException) {
        Farewell.begin(inner, alert(), FAREWELL);
      } else {
        inner.abort(cause);
      }
      records.release();
    } finally {
      callback.failed(failure(inner, reason(cause), cause));
    }
  }

  private static String reason(Throwable cause) {
    if (!(cause instanceof IOException)) {
      return cause.toString(); // nobody expected it, so its name is needed
    }
    TrustFailure refused = TrustFailure.in(cause);
    return refused == null ? withoutAlertName(cause) : refused.getMessage();
  }

  /** Newer JDKs put the alert before a message that names it already: {@code (name) Message}. */
  private static String withoutAlertName(Throwable cause) {
    String message = String.valueOf(cause.getMessage());
    int end = message.indexOf(") ");
    return cause instanceof SSLException && message.startsWith("(") && end > 0
        ? message.substring(end + 2)
        : message;
  }

  /** What is still to be said of it; nothing when that was sent already. */
  private ByteBuffer alert() {
    try {
      records.wrapIsDue(); // what a delegated task has thrown can be told only now
      return records.takeLast();
    } catch (IOException e) {
      return NOTHING;
    }
  }
}
