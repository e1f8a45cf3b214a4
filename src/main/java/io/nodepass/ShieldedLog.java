package io.nodepass;

import io.nodepass.telemetry.Level;
import io.nodepass.telemetry.Log;
import io.nodepass.telemetry.PlainText;

/**
 * Stands between a tunnel and somebody else's log. What that throws does not reach an event loop,
 * which would die of it, and what strangers have written does not reach it as more than one line.
 */
final class ShieldedLog implements Log {
  private static final int LONGEST_MESSAGE = 8192;

  private final Log log;

  ShieldedLog(Log log) {
    this.log = log;
  }

  @Override
  public boolean on(Level level) {
    try {
      return log.on(level);
    } catch (Throwable e) {
      return false; // nobody is left who could be told
    }
  }

  @Override
  public void write(Level level, String message) {
    if (!on(level)) {
      return;
    }
    StringBuilder line = new StringBuilder(message.length());
    PlainText.append(line, message, LONGEST_MESSAGE);
    try {
      log.write(level, line.toString());
    } catch (Throwable e) {
      // As above: the one place to say it is the one that has failed.
    }
  }
}
