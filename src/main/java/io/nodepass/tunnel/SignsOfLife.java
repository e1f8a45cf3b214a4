package io.nodepass.tunnel;

import io.nodepass.reactor.EventLoop;
import io.nodepass.reactor.Timer;
import java.util.function.Consumer;

/**
 * The signs of life of a session, at either end: sends a blank line with each beat, and tells when
 * nothing has been heard for three of them. For the loop of the control channel only.
 */
final class SignsOfLife {
  private static final int BEATS = 3;

  private final EventLoop loop;
  private final ControlChannel channel;
  private final Consumer<String> loss;
  private final Timer beat = new Timer(this::beat);
  private final Timer look = new Timer(this::look);
  private long beatNanos;
  private long heardAt;
  private boolean stopped;

  /**
   * Not begun.
   *
   * @param loss told once of what is missed
   */
  SignsOfLife(ControlChannel channel, Consumer<String> loss) {
    this.loop = channel.flow().loop();
    this.channel = channel;
    this.loss = loss;
  }

  /** Begins; a beat of 0 is none. */
  void start(long beatNanos) {
    this.beatNanos = beatNanos;
    heard();
    if (beatNanos > 0) {
      loop.schedule(beat, beatNanos);
      loop.schedule(look, BEATS * beatNanos);
    }
  }

  /** The peer has said something. */
  void heard() {
    heardAt = loop.time();
  }

  void stop() {
    stopped = true;
    loop.cancel(beat);
    loop.cancel(look);
  }

  private void beat() {
    loop.schedule(beat, beatNanos);
    channel.send("\n");
  }

  private void look() {
    if (left() > 0) {
      loop.schedule(look, left());
    } else {
      // When this process has slept, what came meanwhile is still to be read.
      loop.execute(this::believe);
    }
  }

  private void believe() {
    if (stopped) {
      return;
    }
    if (left() > 0) {
      look();
    } else {
      loss.accept("no sign of life for " + Seconds.text(loop.time() - heardAt));
    }
  }

  /** For how much longer it may be silent. */
  private long left() {
    return heardAt + BEATS * beatNanos - loop.time();
  }
}
