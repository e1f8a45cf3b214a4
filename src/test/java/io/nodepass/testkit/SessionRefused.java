package io.nodepass.testkit;

import java.io.IOException;

/** The other end has said {@code //refused}. */
public final class SessionRefused extends IOException {
  private static final long serialVersionUID = 1L;

  private final String code;

  SessionRefused(SessionText line) throws IOException {
    super("refused: " + line.get("code") + ": " + line.get("text"));
    this.code = line.get("code");
  }

  public String code() {
    return code;
  }
}
