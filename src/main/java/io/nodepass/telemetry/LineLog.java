package io.nodepass.telemetry;

import java.util.function.LongSupplier;

/** The log of one tunnel: its own least level, a {@link LineWriter} shared with others. */
public final class LineLog implements Log {
  private final LineWriter writer;
  private final Level least;
  private final LongSupplier millis;

  public LineLog(LineWriter writer, Level least) {
    this(writer, least, System::currentTimeMillis);
  }

  /**
   * A log with a clock of its own.
   *
   * @param millis milliseconds of the epoch
   */
  public LineLog(LineWriter writer, Level least, LongSupplier millis) {
    this.writer = writer;
    this.least = least;
    this.millis = millis;
  }

  @Override
  public boolean on(Level level) {
    return level.compareTo(least) >= 0;
  }

  @Override
  public void write(Level level, String message) {
    if (on(level)) {
      writer.write(millis.getAsLong(), level, String.valueOf(message));
    }
  }
}
