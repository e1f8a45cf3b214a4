package io.nodepass.testkit;

import io.nodepass.telemetry.Level;
import io.nodepass.telemetry.Log;
import java.util.ArrayList;
import java.util.List;

/** Keeps the lines that matter, INFO and above, until they are taken. Any thread. */
public final class RecordingLog implements Log {
  private final List<String> lines = new ArrayList<>();

  @Override
  public boolean on(Level level) {
    return level != Level.DEBUG;
  }

  @Override
  public synchronized void write(Level level, String message) {
    if (on(level)) {
      lines.add(level + " " + message);
    }
  }

  /** The lines since the last call. */
  public synchronized List<String> take() {
    List<String> taken = List.copyOf(lines);
    lines.clear();
    return taken;
  }
}
