package io.nodepass.tunnel;

import io.nodepass.telemetry.Level;
import io.nodepass.telemetry.Log;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Keeps every line for the test to look at. */
final class KeptLog implements Log {
  private final List<String> lines = new CopyOnWriteArrayList<>();

  @Override
  public boolean on(Level level) {
    return true;
  }

  @Override
  public void write(Level level, String message) {
    lines.add(level + " " + message);
  }

  /** How many lines contain this. */
  long count(String part) {
    return lines.stream().filter(line -> line.contains(part)).count();
  }

  boolean has(String part) {
    return count(part) > 0;
  }

  @Override
  public String toString() {
    return String.join("\n", lines);
  }
}
