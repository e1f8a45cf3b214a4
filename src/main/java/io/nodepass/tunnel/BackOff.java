package io.nodepass.tunnel;

import java.util.concurrent.TimeUnit;

/**
 * How long a client rests before it tries its server again. Pure arithmetic on one thread; times
 * are nanoseconds.
 *
 * <ul>
 *   <li>Before it has ever been ready it begins with 250 ms, doubled each time up to the cooldown.
 *       Both ends are often started together, and a server that is only a moment late is found
 *       soon.
 *   <li>After that: the cooldown, and half as much again with each attempt that fails, up to four
 *       times as long.
 * </ul>
 */
final class BackOff {
  private static final long LEAST = TimeUnit.MILLISECONDS.toNanos(100);
  private static final long FIRST = TimeUnit.MILLISECONDS.toNanos(250);
  private static final int MOST = 4;

  private final long cooldown;
  private long next;

  BackOff(long cooldown) {
    this.cooldown = Math.max(LEAST, cooldown);
    this.next = Math.min(this.cooldown, FIRST);
  }

  /** The client is ready: it starts over. */
  void succeeded() {
    next = cooldown;
  }

  /**
   * The next pause.
   *
   * @param random from 0 to 1; moves it by up to 20 %, so that many clients of one server do not
   *     all come back in the same moment
   */
  long pause(double random) {
    long pause = next;
    next =
        pause < cooldown
            ? Math.min(pause * 2, cooldown)
            : (long) Math.min(pause * 1.5, (double) MOST * cooldown);
    return (long) (pause * (0.8 + 0.4 * random));
  }
}
