package io.nodepass.tunnel;

import io.nodepass.reactor.EventLoop;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Runs something on a loop for a thread that waits for it. */
final class HomeCall {
  private HomeCall() {}

  /** What is to be run. */
  @FunctionalInterface
  interface Action {
    void run() throws IOException;
  }

  /**
   * Returns when the action has run. Not for a loop's own thread.
   *
   * @throws IOException what the action threw
   */
  static void run(EventLoop loop, Action action) throws IOException {
    CompletableFuture<Void> done = new CompletableFuture<>();
    loop.execute(
        () -> {
          try {
            action.run();
            done.complete(null);
          } catch (IOException | RuntimeException | Error e) {
            done.completeExceptionally(e);
          }
        });
    try {
      done.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof IOException cause) {
        throw cause;
      }
      throw e;
    }
  }
}
