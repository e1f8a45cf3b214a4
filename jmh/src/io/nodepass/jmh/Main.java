package io.nodepass.jmh;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.openjdk.jmh.runner.RunnerException;

/** Runs the benchmarks of {@code jmh/} and says whether they keep their limits. */
public final class Main {
  private static final int KEPT = 0;
  private static final int BROKEN = 1;
  private static final int WRONG_USAGE = 2;

  /** How often a row that has broken its limit is measured once more before it is believed. */
  private static final int SECOND_LOOKS = 2;

  private static final String USAGE =
      """
      usage: jmh/run [--gate] [--check-gate] [--rounds N] [--only REGEX] [--limits FILE] [--out FILE]

        (nothing)      measure everything at length, in three rounds
        --gate         measure everything briefly; what breaks a limit is measured again
        --check-gate   first, or alone when there is no --gate: show that the real pump passes
                       and that two which were spoiled do not
        --rounds N     measure each row so many times
        --only REGEX   those rows whose class has such a name, such as 'Tls.*'
        --limits FILE  other limits than jmh/limits.txt
        --out FILE     other results than target/jmh/results.json

      The exit status is 0 when all limits are kept, 1 when one is not, 2 for a wrong command line.
      """;

  private final Laboratory laboratory;
  private final Limits limits;
  private final String only;
  private final Path out;

  private Main(Laboratory laboratory, Limits limits, String only, Path out) {
    this.laboratory = laboratory;
    this.limits = limits;
    this.only = only;
    this.out = out;
  }

  /** Ends the process, with the status that {@link #USAGE} names. */
  public static void main(String[] args) throws IOException, RunnerException {
    System.exit(run(List.of(args)));
  }

  private static int run(List<String> args) throws IOException, RunnerException {
    boolean gate = false;
    boolean check = false;
    int rounds = 0;
    String only = ".*Benchmark";
    Path file = Path.of("jmh/limits.txt");
    Path out = Path.of("target/jmh/results.json");
    for (int i = 0; i < args.size(); i++) {
      String arg = args.get(i);
      boolean hasValue = i + 1 < args.size();
      if (arg.equals("--gate")) {
        gate = true;
      } else if (arg.equals("--check-gate")) {
        check = true;
      } else if (arg.equals("--rounds") && hasValue) {
        rounds = Integer.parseInt(args.get(++i));
      } else if (arg.equals("--only") && hasValue) {
        only = "(" + args.get(++i) + ")Benchmark";
      } else if (arg.equals("--limits") && hasValue) {
        file = Path.of(args.get(++i));
      } else if (arg.equals("--out") && hasValue) {
        out = Path.of(args.get(++i));
      } else {
        System.err.print(USAGE);
        return arg.equals("--help") ? KEPT : WRONG_USAGE;
      }
    }
    Main main =
        new Main(gate || check ? Laboratory.SHORT : Laboratory.LONG, Limits.read(file), only, out);
    if (check && !main.checkTheGate()) {
      return BROKEN;
    }
    if (check && !gate) {
      return KEPT;
    }
    boolean kept = main.measure(rounds > 0 ? rounds : gate ? 1 : 3, gate ? SECOND_LOOKS : 0);
    return kept ? KEPT : BROKEN;
  }

  private boolean measure(int rounds, int secondLooks) throws IOException, RunnerException {
    Map<String, Row> rows = laboratory.measure(only);
    for (int i = 1; i < rounds; i++) {
      laboratory.measure(only).forEach((name, row) -> rows.get(name).add(row));
    }
    for (Row row : new ArrayList<>(rows.values())) {
      for (int i = 0; i < secondLooks && !limits.of(row.name()).holds(row); i++) {
        System.out.println(row.name() + " broke its limit and is measured again");
        row.add(Laboratory.LONG.measureAgain(row));
      }
    }
    System.out.print(Report.table(rows.values(), limits));
    Report.write(out, rows.values(), limits);
    boolean kept = rows.values().stream().allMatch(row -> limits.of(row.name()).holds(row));
    return everyLimitWasUsed(rows) && kept;
  }

  /** A benchmark that has gone, or was renamed, would leave its limit guarding nothing. */
  private boolean everyLimitWasUsed(Map<String, Row> rows) {
    TreeSet<String> unused = new TreeSet<>(limits.rows());
    unused.removeAll(rows.keySet());
    unused.removeIf(name -> !Pattern.matches(only, name.replaceFirst("\\..*", "") + "Benchmark"));
    if (!unused.isEmpty()) {
      System.out.println("limits of rows that were not measured: " + unused);
    }
    return unused.isEmpty();
  }

  /** The same judgement on code of which it is known what is wrong with it. */
  private boolean checkTheGate() throws RunnerException {
    Row sane = laboratory.measure("PumpMemoryBenchmark").values().iterator().next();
    Limit limit = limits.of(sane.name());
    boolean right = expect(limit, sane, "ok");
    for (Row row : laboratory.measureOurs("(AllocatingPump|RepeatingPump)").values()) {
      String expected = row.name().startsWith("Allocating") ? "ALLOCATES" : "SLOW";
      right &= expect(limit, row.against(sane), expected);
    }
    return right;
  }

  private static boolean expect(Limit limit, Row row, String expected) {
    String verdict = limit.verdict(row);
    boolean right = expected.equals("ok") ? verdict.equals(expected) : verdict.contains(expected);
    System.out.printf(
        "%-16s ratio %.2f, %.1f B/op: %s, expected %s%s%n",
        row.name(),
        row.ratio(),
        row.bytes(),
        verdict,
        expected,
        right ? "" : ": THE GATE IS WRONG");
    return right;
  }
}
