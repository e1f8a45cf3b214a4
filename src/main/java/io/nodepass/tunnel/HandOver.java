package io.nodepass.tunnel;

import io.nodepass.reactor.EventLoop;
import io.nodepass.transport.Flow;
import java.io.IOException;
import java.util.function.Consumer;

/** Brings a data connection from the loop that kept it to the one where it is to be used. */
final class HandOver {
  private HandOver() {}

  /**
   * Goes on at once when they are the same. On the thread of the flow's loop.
   *
   * @param next on the thread of {@code loop}, whose flow it is then
   * @param failed on that thread too, when the flow could not come along; it is not closed yet
   */
  static void to(EventLoop loop, Flow flow, Runnable next, Consumer<IOException> failed) {
    if (loop == flow.loop()) {
      next.run();
      return;
    }
    flow.leave();
    loop.execute(
        () -> {
          try {
            flow.join(loop);
          } catch (IOException e) {
            failed.accept(e);
            return;
          }
          next.run();
        });
  }
}
