package io.nodepass.tunnel;

import io.nodepass.reactor.EventLoop;
import io.nodepass.relay.Relay;
import io.nodepass.relay.RelayLimits;
import io.nodepass.telemetry.Traffic;
import io.nodepass.transport.Addresses;
import io.nodepass.transport.Flow;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The running relays of one tunnel: starts them, counts them, writes the line that each ends with.
 * It also knows the dials that will become relays. Each loop's are kept apart and touched by that
 * loop only.
 */
final class RelayBook {
  private final Map<EventLoop, Map<Relay, Counted>> running = new HashMap<>();
  private final Map<EventLoop, Set<TargetDial>> dialling = new HashMap<>();
  private final RelayLimits limits;
  private final Admission admission;
  private final Notices notices;
  private final Traffic traffic;

  /** What of a relay's bytes is in the totals already. */
  private static final class Counted {
    private long in;
    private long out;
  }

  RelayBook(
      List<EventLoop> loops,
      RelayLimits limits,
      Admission admission,
      Notices notices,
      Traffic traffic) {
    for (EventLoop loop : loops) {
      running.put(loop, new HashMap<>());
      dialling.put(loop, new HashSet<>());
    }
    this.limits = limits;
    this.admission = admission;
    this.notices = notices;
    this.traffic = traffic;
  }

  /** Starts a relay on the flows' loop; its place in the admission is left when it ends. */
  Relay start(Flow user, Flow target, ByteBuffer early, String name) {
    return start(user, target, early, name, () -> {});
  }

  /** As above; {@code over} is run when it has ended, on its loop. */
  Relay start(Flow user, Flow target, ByteBuffer early, String name, Runnable over) {
    Relay relay =
        new Relay(
            user,
            target,
            limits,
            (ended, failed, cause) -> {
              over.run();
              ended(ended, failed, cause, name);
            });
    running.get(user.loop()).put(relay, new Counted());
    traffic.opened();
    relay.start(early);
    return relay;
  }

  /** A dial begins; {@link #dialled} follows, however it ends. On its loop, as that is. */
  void dialling(TargetDial dial) {
    dialling.get(dial.loop()).add(dial);
  }

  void dialled(TargetDial dial) {
    dialling.get(dial.loop()).remove(dial);
  }

  /** Counts a connection that entered and for which there will be no relay; it leaves its place. */
  void refused() {
    traffic.refused();
    admission.leave();
  }

  /** Brings the totals up to date with what still runs. Any thread; it happens on the loops. */
  void count() {
    running.forEach((loop, relays) -> loop.runOrExecute(() -> relays.forEach(this::count)));
  }

  private void count(Relay relay, Counted counted) {
    traffic.addIn(relay.bytesIn() - counted.in);
    traffic.addOut(relay.bytesOut() - counted.out);
    counted.in = relay.bytesIn();
    counted.out = relay.bytesOut();
  }

  private void ended(Relay relay, Flow failed, Throwable cause, String name) {
    count(relay, running.get(relay.user().loop()).remove(relay));
    if (cause == null) {
      traffic.ended();
    } else {
      traffic.failed();
    }
    if (notices.wantsEnds()) {
      notices.ended(line(relay, failed, cause, name));
    }
    admission.leave();
  }

  private static String line(Relay relay, Flow failed, Throwable cause, String name) {
    StringBuilder line = new StringBuilder(96).append("tcp ").append(name);
    if (cause == null) {
      line.append(" ended: ");
    } else {
      line.append(" ended by abort (");
      if (failed != null) {
        line.append(failed == relay.user() ? "user side " : "target side ");
        line.append(Addresses.text(failed.remote())).append(": ");
      }
      line.append(cause.getMessage()).append("): ");
    }
    line.append(relay.bytesIn()).append(" B in, ").append(relay.bytesOut()).append(" B out, ");
    return Seconds.append(line, relay.duration()).toString();
  }

  /** Aborts whatever still runs. Any thread; the aborts happen on the loops. */
  void abortAll(String reason) {
    for (EventLoop loop : running.keySet()) {
      loop.runOrExecute(
          () -> {
            IOException cause = new IOException(reason);
            new ArrayList<>(dialling.get(loop)).forEach(dial -> dial.abort(cause));
            new ArrayList<>(running.get(loop).keySet()).forEach(relay -> relay.abort(cause));
          });
    }
  }
}
