package io.nodepass.bench.process;

import java.io.IOException;
import java.nio.file.Path;

/** A peer's processes could not be started or never carried a byte. */
public final class StartException extends IOException {
  private static final long serialVersionUID = 1;

  StartException(IOException cause, Path scratch) {
    super(cause.getMessage() + " (logs in " + scratch + ")", cause);
  }
}
