package io.nodepass.transport.tls;

import io.nodepass.testkit.TestLoop;
import io.nodepass.transport.Flow;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLEngine;

/** A handshake under way, whose outcome a test can wait for. */
final class Handshaking implements TlsHandshake.Callback {
  /** What every test's engines delegate to; its thread does not keep the process alive. */
  static final ExecutorService TASKS =
      Executors.newFixedThreadPool(
          1,
          task -> {
            Thread thread = new Thread(task, "tls-tasks-of-tests");
            thread.setDaemon(true);
            return thread;
          });

  private final CompletableFuture<TlsFlow> outcome = new CompletableFuture<>();

  static Handshaking begin(TestLoop loop, Flow inner, SSLEngine engine) throws Exception {
    return begin(loop, inner, engine, TestLoop.DEADLINE.toNanos());
  }

  static Handshaking begin(TestLoop loop, Flow inner, SSLEngine engine, long timeoutNanos)
      throws Exception {
    Handshaking handshaking = new Handshaking();
    loop.run(() -> TlsHandshake.begin(inner, engine, TASKS, timeoutNanos, handshaking));
    return handshaking;
  }

  @Override
  public void connected(TlsFlow flow) {
    if (!outcome.complete(flow)) {
      throw new AssertionError("called twice");
    }
  }

  @Override
  public void failed(IOException cause) {
    if (!outcome.completeExceptionally(cause)) {
      throw new AssertionError("called twice", cause);
    }
  }

  boolean isOver() {
    return outcome.isDone();
  }

  TlsFlow flow() throws Exception {
    return outcome.get(TestLoop.DEADLINE.toSeconds(), TimeUnit.SECONDS);
  }

  /** What it failed with. */
  IOException failure() throws Exception {
    try {
      TlsFlow flow = flow();
      throw new AssertionError("it succeeded: " + flow);
    } catch (java.util.concurrent.ExecutionException e) {
      return (IOException) e.getCause();
    }
  }
}
