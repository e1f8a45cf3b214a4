package io.nodepass.bench;

import io.nodepass.bench.peer.Peer;
import io.nodepass.bench.peer.Peers;
import io.nodepass.bench.work.Timing;
import io.nodepass.bench.work.Workload;
import io.nodepass.bench.work.Workloads;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The command line.
 *
 * @param baseline label of the peer the others are divided by
 * @param out the file for the rows; logs and configuration go beside it
 * @param limit after which the run is given up
 */
record Options(
    List<Peer> peers,
    List<Workload> works,
    int rounds,
    Timing timing,
    String baseline,
    Path out,
    Duration limit) {

  static final String USAGE =
      """
      bench/run --peer PEER [--peer PEER ...] [options]

        --peer LABEL[=KEY:VALUE,...]  what to measure; bench/README.md lists kinds and keys
        --work NAME,...     of bulk bulk8 conns ping1 ping64 memory start (default: all)
        --rounds N          (default 5)
        --seconds S         measured time of a workload (default 3)
        --warmup S          time before that (default 2)
        --held N            connections the memory workload holds (default 1000)
        --baseline LABEL    what ratios are taken to (default: the first peer)
        --out FILE          rows as JSON lines (default target/bench/results.jsonl)
        --limit MINUTES     give up after that (default 60)
      """;

  /**
   * @throws IllegalArgumentException with what is wrong
   */
  static Options parse(String[] args) {
    List<Peer> peers = new ArrayList<>();
    String works = "bulk,bulk8,conns,ping1,ping64,memory,start";
    int rounds = 5;
    Duration measured = Duration.ofSeconds(3);
    Duration warmup = Duration.ofSeconds(2);
    int held = 1000;
    String baseline = null;
    Path out = Path.of("target/bench/results.jsonl");
    Duration limit = Duration.ofMinutes(60);
    for (int i = 0; i < args.length; i += 2) {
      if (i + 1 == args.length) {
        throw new IllegalArgumentException(args[i] + " needs a value");
      }
      String value = args[i + 1];
      switch (args[i]) {
        case "--peer" -> peers.add(Peers.parse(value));
        case "--work" -> works = value;
        case "--rounds" -> rounds = positive(value);
        case "--seconds" -> measured = seconds(value);
        case "--warmup" -> warmup = seconds(value);
        case "--held" -> held = positive(value);
        case "--baseline" -> baseline = value;
        case "--out" -> out = Path.of(value);
        case "--limit" -> limit = Duration.ofMinutes(positive(value));
        default -> throw new IllegalArgumentException("unknown option " + args[i]);
      }
    }
    if (peers.isEmpty()) {
      throw new IllegalArgumentException("no --peer");
    }
    Set<String> labels = new HashSet<>();
    for (Peer peer : peers) {
      if (!labels.add(peer.label())) {
        throw new IllegalArgumentException("two peers are called " + peer.label());
      }
    }
    if (baseline == null) {
      baseline = peers.get(0).label();
    } else if (!labels.contains(baseline)) {
      throw new IllegalArgumentException("--baseline " + baseline + " is none of the peers");
    }
    return new Options(
        List.copyOf(peers),
        Workloads.parse(works, held),
        rounds,
        new Timing(warmup, measured),
        baseline,
        out,
        limit);
  }

  private static int positive(String value) {
    int number = Integer.parseInt(value);
    if (number < 1) {
      throw new IllegalArgumentException(value + " is not positive");
    }
    return number;
  }

  private static Duration seconds(String value) {
    return Duration.ofMillis(Math.round(Double.parseDouble(value) * 1000));
  }
}
