package io.nodepass.jmh;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The limits of all rows, from a file of three columns: row, ratio, bytes. */
final class Limits {
  private final Map<String, Limit> byRow;

  private Limits(Map<String, Limit> byRow) {
    this.byRow = byRow;
  }

  static Limits read(Path file) throws IOException {
    Map<String, Limit> byRow = new LinkedHashMap<>();
    List<String> lines = Files.readAllLines(file);
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).strip();
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      }
      String[] columns = line.split("\\s+", -1);
      try {
        if (columns.length != 3) {
          throw new IllegalArgumentException("three columns are expected");
        }
        byRow.put(columns[0], Limit.parse(columns[1], columns[2]));
      } catch (IllegalArgumentException e) {
        throw new IOException(file + ":" + (i + 1) + ": " + e.getMessage(), e);
      }
    }
    return new Limits(byRow);
  }

  Set<String> rows() {
    return byRow.keySet();
  }

  /** The limit of a row; one without is an error, because it would guard nothing. */
  Limit of(String row) {
    Limit limit = byRow.get(row);
    if (limit == null) {
      throw new IllegalArgumentException("there is no limit for " + row);
    }
    return limit;
  }
}
