package io.nodepass.bench;

import io.nodepass.bench.load.WrongBytesException;
import io.nodepass.bench.peer.Peer;
import io.nodepass.bench.peer.Peers;
import io.nodepass.bench.process.Children;
import io.nodepass.bench.process.StartException;
import io.nodepass.bench.process.Tunnel;
import io.nodepass.bench.report.Fault;
import io.nodepass.bench.report.Results;
import io.nodepass.bench.work.Stage;
import io.nodepass.bench.work.Timing;
import io.nodepass.bench.work.Workload;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Runs the workloads. In a round every peer is started once; each workload is then run with one
 * peer right after the other, so that what changes on the machine meanwhile concerns all of them.
 * The order is rotated from round to round and from workload to workload.
 */
final class Rounds {
  private static final Timing BRIEF = new Timing(Duration.ofMillis(500), Duration.ofMillis(500));

  private final Options options;
  private final Children children;
  private final Results results;
  private final Path scratch;

  Rounds(Options options, Children children, Results results) {
    this.options = options;
    this.children = children;
    this.results = results;
    this.scratch = options.out().toAbsolutePath().resolveSibling("logs");
  }

  void run() throws IOException, InterruptedException {
    warmGenerator();
    for (int round = 1; round <= options.rounds(); round++) {
      round(round);
    }
  }

  /** The generator and the target are compiled before the first peer is measured with them. */
  private void warmGenerator() throws IOException, InterruptedException {
    Peer direct = Peers.parse("direct");
    Tunnel tunnel = Tunnel.start(children, direct, scratch);
    try (Results unused = new Results(scratch.resolve("generator.jsonl"), Map.of())) {
      for (Workload work : options.works()) {
        if (!work.needsFreshProcesses()) {
          work.run(stage(0, work, direct, tunnel, BRIEF, unused));
        }
      }
    }
  }

  private void round(int round) throws IOException, InterruptedException {
    Map<Peer, Tunnel> tunnels = new HashMap<>();
    try {
      int turn = round - 1;
      for (Workload work : options.works()) {
        for (Peer peer : rotated(turn++)) {
          System.err.println("round " + round + ": " + work.name() + " " + peer.label());
          run(round, work, peer, tunnels);
        }
      }
    } finally {
      for (Tunnel tunnel : tunnels.values()) {
        tunnel.stop();
      }
    }
  }

  private List<Peer> rotated(int turn) {
    List<Peer> peers = new ArrayList<>(options.peers());
    Collections.rotate(peers, -turn % peers.size());
    return peers;
  }

  private void run(int round, Workload work, Peer peer, Map<Peer, Tunnel> tunnels)
      throws IOException, InterruptedException {
    if (work.needsFreshProcesses() && !peer.hasProcesses()) {
      return;
    }
    try {
      Tunnel tunnel = work.needsFreshProcesses() ? null : tunnel(peer, tunnels);
      work.run(stage(round, work, peer, tunnel, options.timing(), results));
    } catch (StartException e) {
      fault(round, work, peer, Fault.Kind.NOT_MEASURED, false, e.getMessage());
    } catch (WrongBytesException e) {
      fault(round, work, peer, Fault.Kind.WRONG_BYTES, false, e.getMessage());
    } catch (IOException e) {
      fault(round, work, peer, Fault.Kind.NOT_MEASURED, !peer.losesNothing(), e.toString());
      // Whatever state it is in now, the next workload gets a new one.
      Tunnel failed = tunnels.remove(peer);
      if (failed != null) {
        failed.stop();
      }
    }
  }

  /** The round's tunnel of a peer, started when there is none, and carrying bytes. */
  private Tunnel tunnel(Peer peer, Map<Peer, Tunnel> tunnels)
      throws IOException, InterruptedException {
    Tunnel tunnel = tunnels.get(peer);
    if (tunnel == null) {
      tunnel = Tunnel.start(children, peer, scratch);
      tunnels.put(peer, tunnel);
    } else {
      tunnel.awaitEcho();
    }
    return tunnel;
  }

  private void fault(
      int round, Workload work, Peer peer, Fault.Kind kind, boolean forgiven, String detail)
      throws IOException {
    results.add(new Fault(round, work.name(), peer.label(), kind, 1, forgiven, detail));
  }

  private Stage stage(
      int round, Workload work, Peer peer, Tunnel tunnel, Timing timing, Results into) {
    return new Stage(round, work.name(), peer, tunnel, timing, children, scratch, into);
  }
}
