package io.nodepass;

import io.nodepass.telemetry.Level;
import io.nodepass.telemetry.Log;

/** Lines to the platform's logger, which the program or its framework has configured. */
final class SystemLog implements Log {
  private static final String NAME = "io.nodepass";

  private final System.Logger logger = System.getLogger(NAME);

  @Override
  public boolean on(Level level) {
    return logger.isLoggable(platform(level));
  }

  @Override
  public void write(Level level, String message) {
    logger.log(platform(level), message);
  }

  private static System.Logger.Level platform(Level level) {
    return switch (level) {
      case DEBUG -> System.Logger.Level.DEBUG;
      case INFO -> System.Logger.Level.INFO;
      case WARN -> System.Logger.Level.WARNING;
      case ERROR, FATAL -> System.Logger.Level.ERROR;
    };
  }
}
