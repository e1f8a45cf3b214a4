package io.nodepass.tunnel;

import io.nodepass.reactor.EventLoop;
import io.nodepass.transport.Addresses;
import io.nodepass.transport.Dialer;
import io.nodepass.transport.Flow;
import io.nodepass.transport.FlowOwner;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;

/**
 * Dials the target for a data connection that is in use, and starts the relay once it answers. A
 * user who gives up in the meantime ends the dial; a target that cannot be reached ends the user.
 * On the data connection's loop throughout.
 */
final class TargetDial implements Dialer.Callback, FlowOwner {
  private static final long TIMEOUT = TimeUnit.SECONDS.toNanos(10);

  private final Flow tunnel;
  private final EventLoop loop;
  private final RelayBook book;
  private final Outcome outcome;
  private final String name;
  // What the user has sent so tunnel, up to the position; null before the first byte.
  private ByteBuffer early;
  private Dialer.Dial dial;
  private boolean done;

  /** Told when there will be no relay. */
  @FunctionalInterface
  interface Outcome {
    void failed(String reason);
  }

  /**
   * Prepares a dial.
   *
   * @param early bytes already read from {@code tunnel}, in a buffer of the loop's pool; may be
   *     null
   * @param name the target as log lines show it
   */
  TargetDial(Flow tunnel, ByteBuffer early, RelayBook book, String name, Outcome outcome) {
    this.tunnel = tunnel;
    this.loop = tunnel.loop();
    this.early = early == null ? null : early.compact();
    this.book = book;
    this.name = name;
    this.outcome = outcome;
  }

  void start(Dialer dialer, InetSocketAddress target) {
    book.dialling(this);
    Dialer.Dial started = dialer.dial(loop, target, TIMEOUT, this);
    if (!done) {
      dial = started;
      tunnel.attach(this);
      tunnel.interest(early == null || early.hasRemaining() ? Flow.READ : 0);
    }
  }

  @Override
  public void connected(Flow target) {
    done = true;
    book.dialled(this);
    tunnel.interest(0);
    ByteBuffer bytes = early == null ? null : early.flip();
    early = null;
    book.start(tunnel, target, bytes, name);
  }

  @Override
  public void failed(IOException cause) {
    giveUp(cause, String.valueOf(cause.getMessage()));
  }

  @Override
  public void ready(Flow flow, int ops) throws IOException {
    if (done) {
      return;
    }
    // Only to notice an abort: what can be read is kept for the relay while the buffer has room,
    // since most users speak before they give up. An end is left for the relay to find again.
    boolean first = early == null;
    if (first) {
      early = loop.buffers().acquireSmall();
    }
    int n = tunnel.read(early);
    if (first && n <= 0) {
      loop.buffers().release(early);
      early = null;
    }
    if (n < 0 || (early != null && !early.hasRemaining())) {
      tunnel.interest(0);
    }
  }

  @Override
  public void failed(Flow flow, Throwable cause) {
    giveUp(cause, "the user's side " + Addresses.text(tunnel.remote()) + ": " + cause.getMessage());
  }

  /** Gives up on the target, and aborts the user. */
  void abort(IOException cause) {
    giveUp(cause, cause.getMessage());
  }

  EventLoop loop() {
    return loop;
  }

  private void giveUp(Throwable cause, String reason) {
    if (done) {
      return;
    }
    done = true;
    book.dialled(this);
    if (dial != null) {
      dial.cancel();
    }
    if (early != null) {
      loop.buffers().release(early);
      early = null;
    }
    tunnel.abort(cause);
    outcome.failed(reason);
  }
}
