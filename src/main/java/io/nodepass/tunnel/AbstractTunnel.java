package io.nodepass.tunnel;

import io.nodepass.config.TunnelConfig;
import io.nodepass.reactor.EventLoop;
import io.nodepass.reactor.Timer;
import io.nodepass.telemetry.Log;
import io.nodepass.telemetry.Traffic;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;

/** What both roles have: relays and their totals, a place for each connection, a regular beat. */
abstract class AbstractTunnel implements Tunnel {
  final TunnelContext context;
  final TunnelConfig config;
  final EventLoop home;
  final Log log;
  final Notices notices;
  final Admission admission;
  final RelayBook book;
  final CompletableFuture<Void> ready = new CompletableFuture<>();
  private final Traffic traffic = new Traffic();
  private final Totals totals;
  private final Timer beat;
  private boolean stopped;

  AbstractTunnel(TunnelContext context) {
    this.context = context;
    this.config = context.config();
    this.home = context.home();
    this.log = context.log();
    this.notices = new Notices(log, home::time);
    this.admission = new Admission(config.limits().semaphore(), this::leftRoom);
    this.book =
        new RelayBook(context.loops().all(), context.relayLimits(), admission, notices, traffic);
    this.totals = new Totals(traffic, log);
    this.beat = new Timer(this::beat);
  }

  /** On the home loop, every REPORT_INTERVAL from the first call on; never when that is off. */
  final void beat() {
    long interval = config.limits().reportInterval().toNanos();
    if (stopped || interval == 0) {
      return;
    }
    home.schedule(beat, interval); // first: whatever is thrown below, there is a next time
    sendHealth();
    book.count();
    totals.report();
    notices.report();
  }

  /** Any thread. Never at once, even on the home loop: whoever leaves may be in the midst of it. */
  private void leftRoom() {
    try {
      home.execute(this::room);
    } catch (RejectedExecutionException e) {
      // The loop has ended, and nobody enters any more.
    }
  }

  private void room() {
    if (!stopped) {
      hasRoom();
    }
  }

  /** Tells the other end that this one lives, where the role does so. On the home loop. */
  abstract void sendHealth();

  /** A tunnel that was full has a place again. On the home loop. */
  abstract void hasRoom();

  /** Stops accepting and closes what is idle. On the home loop. */
  abstract void end();

  final boolean isStopped() {
    return stopped;
  }

  @Override
  public final void stop() {
    if (home.inLoop()) {
      stopHere();
      return;
    }
    try {
      HomeCall.run(home, this::stopHere);
    } catch (IOException | RejectedExecutionException e) {
      log.debug("stopping: " + e.getMessage());
    }
  }

  private void stopHere() {
    if (!stopped) {
      stopped = true;
      home.cancel(beat);
      end();
    }
  }

  @Override
  public final void abort() {
    book.abortAll("this end is shutting down");
  }

  @Override
  public final CompletableFuture<Void> ready() {
    return ready;
  }

  @Override
  public final Traffic traffic() {
    return traffic;
  }

  @Override
  public final int running() {
    return admission.running();
  }
}
