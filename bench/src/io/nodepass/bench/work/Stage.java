package io.nodepass.bench.work;

import io.nodepass.bench.load.Dialer;
import io.nodepass.bench.peer.Peer;
import io.nodepass.bench.process.Children;
import io.nodepass.bench.process.Tunnel;
import io.nodepass.bench.report.Fault;
import io.nodepass.bench.report.Metric;
import io.nodepass.bench.report.Results;
import io.nodepass.bench.report.Row;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/** One run of one workload with one peer in one round. */
public final class Stage {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final int round;
  private final String work;
  private final Peer peer;
  private final Tunnel tunnel;
  private final Timing timing;
  private final Children children;
  private final Path scratch;
  private final Results results;

  public Stage(
      int round,
      String work,
      Peer peer,
      Tunnel tunnel,
      Timing timing,
      Children children,
      Path scratch,
      Results results) {
    this.round = round;
    this.work = work;
    this.peer = peer;
    this.tunnel = tunnel;
    this.timing = timing;
    this.children = children;
    this.scratch = scratch;
    this.results = results;
  }

  /** The tunnel that all workloads of a round share; it has just carried a byte. */
  public Tunnel tunnel() {
    return tunnel;
  }

  public Timing timing() {
    return timing;
  }

  /** Another tunnel of the same peer; the caller stops it. */
  public Tunnel startFresh() throws IOException, InterruptedException {
    return Tunnel.start(children, peer, scratch);
  }

  /** See {@link Tunnel#timeToListen}. */
  public long timeToListen() throws IOException, InterruptedException {
    return Tunnel.timeToListen(children, peer, scratch);
  }

  /** Dials through the shared tunnel. */
  public Dialer dialer() {
    return new Dialer(tunnel.entry(), PATIENCE);
  }

  public void row(Metric metric, double value) throws IOException {
    results.add(new Row(round, work, peer.label(), metric, value));
  }

  /** Tells of connections that failed; nothing happens when there are none. */
  public void lost(int count, String detail) throws IOException {
    if (count > 0) {
      results.add(
          new Fault(
              round, work, peer.label(), Fault.Kind.LOST, count, !peer.losesNothing(), detail));
    }
  }
}
