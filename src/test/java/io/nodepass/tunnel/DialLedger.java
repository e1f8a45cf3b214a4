package io.nodepass.tunnel;

import io.nodepass.reactor.EventLoop;
import io.nodepass.transport.Dialer;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** Writes down when one port is dialled, and lets those dials hang for ever if that is wanted. */
final class DialLedger implements Dialer {
  private final Dialer dialer;
  private final int port;
  private final boolean hanging;
  final List<Long> times = new CopyOnWriteArrayList<>();
  final AtomicInteger cancelled = new AtomicInteger();

  DialLedger(Dialer dialer, int port, boolean hanging) {
    this.dialer = dialer;
    this.port = port;
    this.hanging = hanging;
  }

  @Override
  public Dial dial(
      EventLoop loop, InetSocketAddress address, long timeoutNanos, Callback callback) {
    if (address.getPort() == port) {
      times.add(System.nanoTime());
      if (hanging) {
        return cancelled::incrementAndGet;
      }
    }
    return dialer.dial(loop, address, timeoutNanos, callback);
  }

  int count() {
    return times.size();
  }

  void untilDialled(int count) throws InterruptedException {
    Until.holds(() -> count() >= count, () -> count() + " dials, not " + count);
  }

  void untilCancelled(int count) throws InterruptedException {
    Until.holds(() -> cancelled.get() >= count, () -> cancelled + " cancelled, not " + count);
  }
}
