package io.nodepass.jmh;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** The rows as a table for the eye and as a file for programs. */
final class Report {
  private static final String LINE = "%-22s %10s %10s %6s %11s %6s %9s %9s %9s  %s%n";

  private Report() {}

  static String table(Collection<Row> rows, Limits limits) {
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT,
            LINE,
            "row",
            "ns/op",
            "ref ns/op",
            "ratio",
            "of rounds",
            "limit",
            "B/op",
            "ref B/op",
            "limit",
            "verdict"));
    for (Row row : rows) {
      Limit limit = limits.of(row.name());
      List<Double> ratios = row.ratios();
      text.append(
          String.format(
              Locale.ROOT,
              LINE,
              row.name(),
              number(row.nanos()),
              number(row.referenceNanos()),
              number(row.ratio()),
              number(ratios.get(0)) + "–" + number(ratios.get(ratios.size() - 1)),
              number(limit.ratio()),
              number(row.bytes()),
              number(row.referenceBytes()),
              number(limit.mostBytes(row)),
              limit.verdict(row)));
    }
    return text.toString();
  }

  /** One object for each row, and the JVM that it was measured on. */
  static void write(Path file, Collection<Row> rows, Limits limits) throws IOException {
    String objects =
        rows.stream()
            .map(row -> json(row, limits.of(row.name())))
            .collect(Collectors.joining(",\n    "));
    String text =
        "{\n  \"jvm\": \""
            + System.getProperty("java.vm.version")
            + "\",\n  \"processors\": "
            + Runtime.getRuntime().availableProcessors()
            + ",\n  \"rows\": [\n    "
            + objects
            + "\n  ]\n}\n";
    Files.createDirectories(file.toAbsolutePath().getParent());
    Files.writeString(file, text);
  }

  private static String json(Row row, Limit limit) {
    return String.format(
        Locale.ROOT,
        "{\"row\": \"%s\", \"cpuNanos\": %.3f, \"referenceCpuNanos\": %.3f,"
            + " \"wallNanos\": %.3f, \"referenceWallNanos\": %.3f, \"ratio\": %.4f,"
            + " \"ratios\": [%s], \"ratioLimit\": %.4f, \"bytes\": %.3f,"
            + " \"referenceBytes\": %.3f, \"bytesLimit\": %.3f, \"verdict\": \"%s\"}",
        row.name(),
        row.nanos(),
        row.referenceNanos(),
        row.wallNanos(),
        row.referenceWallNanos(),
        row.ratio(),
        row.ratios().stream()
            .map(ratio -> String.format(Locale.ROOT, "%.4f", ratio))
            .collect(Collectors.joining(", ")),
        limit.ratio(),
        row.bytes(),
        row.referenceBytes(),
        limit.mostBytes(row),
        limit.verdict(row));
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, value < 100 ? "%.2f" : "%.0f", value);
  }
}
