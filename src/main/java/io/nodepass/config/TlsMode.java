package io.nodepass.config;

/** The TLS mode of the data connections, by the number that goes over the wire. */
public enum TlsMode {
  NONE(0),
  SELF_SIGNED(1),
  VERIFIED(2);

  private final int code;

  TlsMode(int code) {
    this.code = code;
  }

  /** The digit after {@code #} in the first control line. */
  public int code() {
    return code;
  }
}
