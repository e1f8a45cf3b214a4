package io.nodepass.telemetry;

/**
 * Where one tunnel's log lines go. Callable from any thread; never blocks the caller. A line that
 * is only made for {@link Level#DEBUG} should be guarded by {@link #on}, so that its text is not
 * built for nothing. Part of the API for embedding programs, which may bring their own.
 */
public interface Log {
  /** Whether lines of this level are written at all. */
  boolean on(Level level);

  /** Writes one line; dropped when its level is off. The message holds no line break of ours. */
  void write(Level level, String message);

  default void debug(String message) {
    write(Level.DEBUG, message);
  }

  default void info(String message) {
    write(Level.INFO, message);
  }

  default void warn(String message) {
    write(Level.WARN, message);
  }

  default void error(String message) {
    write(Level.ERROR, message);
  }
}
