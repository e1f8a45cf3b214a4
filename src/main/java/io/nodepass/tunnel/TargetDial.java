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
    this.early = early;
    this.book = book;
    this.name = name;
    this.outcome = outcome;
  }

  void start(Dialer dialer, InetSocketAddress target) {
    Dialer.Dial started = dialer.dial(loop, target, TIMEOUT, this);
    if (!done) {
      dial = started;
      tunnel.attach(this);
      if (early == null) {
        tunnel.interest(Flow.READ);
      }
    }
  }

  @Override
  public void connected(Flow target) {
    done = true;
    tunnel.interest(0);
    ByteBuffer bytes = early;
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
    // Only to notice an abort: what can be read is kept for the relay, and reading stops there. An
    // end is left for the relay to find again.
    ByteBuffer buffer = loop.buffers().acquireSmall();
    int n;
    try {
      n = tunnel.read(buffer);
    } catch (IOException e) {
      loop.buffers().release(buffer);
      throw e;
    }
    if (n > 0) {
      early = buffer.flip();
    } else {
      loop.buffers().release(buffer);
    }
    if (n != 0) {
      tunnel.interest(0);
    }
  }

  @Override
  public void failed(Flow flow, Throwable cause) {
    giveUp(cause, "the user's side " + Addresses.text(tunnel.remote()) + ": " + cause.getMessage());
  }

  private void giveUp(Throwable cause, String reason) {
    if (done) {
      return;
    }
    done = true;
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
