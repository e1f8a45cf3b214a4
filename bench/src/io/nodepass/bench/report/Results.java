package io.nodepass.bench.report;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** All rows and faults of a run; each is in the file as soon as it is known. One thread. */
public final class Results implements AutoCloseable {
  private final BufferedWriter file;
  private final List<Row> rows = new ArrayList<>();
  private final List<Fault> faults = new ArrayList<>();

  /** Begins the file with one line about the run. */
  public Results(Path path, Map<String, String> run) throws IOException {
    Files.createDirectories(path.toAbsolutePath().getParent());
    file = Files.newBufferedWriter(path);
    Json json = new Json();
    run.forEach(json::add);
    write(json.toString());
  }

  public void add(Row row) throws IOException {
    rows.add(row);
    write(row.toJson());
  }

  public void add(Fault fault) throws IOException {
    faults.add(fault);
    write(fault.toJson());
  }

  private void write(String line) throws IOException {
    file.write(line);
    file.newLine();
    file.flush();
  }

  List<Row> rows() {
    return rows;
  }

  List<Fault> faults() {
    return faults;
  }

  /** Whether there is no fault but forgiven ones. */
  public boolean isClean() {
    return faults.stream().allMatch(Fault::forgiven);
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
