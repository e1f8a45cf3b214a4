package io.nodepass.bench.load;

import java.io.IOException;

/** Bytes arrived that were not sent. The one failure no peer is forgiven. */
public final class WrongBytesException extends IOException {
  private static final long serialVersionUID = 1;

  private final long position;

  public WrongBytesException(String what, long position) {
    super("wrong bytes: " + what + " at " + position);
    this.position = position;
  }

  /** Bytes of payload before the first wrong one. */
  public long position() {
    return position;
  }
}
