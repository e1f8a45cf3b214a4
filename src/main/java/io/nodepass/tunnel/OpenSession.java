package io.nodepass.tunnel;

import io.nodepass.config.TlsMode;

/** A session that a client has opened, as both ends know it. For the home loop only. */
final class OpenSession {
  private final ControlChannel control;
  private final String id;
  private final byte[] secret;
  private final long beatNanos;
  private final TlsMode mode;
  private final ClientSecurity.Dialling dialling;

  /**
   * Keeps what the opening has found.
   *
   * @param beatNanos 0 for none
   */
  OpenSession(
      ControlChannel control,
      String id,
      byte[] secret,
      long beatNanos,
      TlsMode mode,
      ClientSecurity.Dialling dialling) {
    this.control = control;
    this.id = id;
    this.secret = secret;
    this.beatNanos = beatNanos;
    this.mode = mode;
    this.dialling = dialling;
  }

  /** Whose lines it goes on with. */
  ControlChannel control() {
    return control;
  }

  /** As the server has given it. */
  String id() {
    return id;
  }

  /** From one sign of life to the next; 0 when there are none. */
  long beatNanos() {
    return beatNanos;
  }

  /** How its data connections are secured. */
  TlsMode mode() {
    return mode;
  }

  /** How they are dialled. */
  ClientSecurity.Dialling dialling() {
    return dialling;
  }

  /** What a data connection with that certificate and number is opened with. */
  byte[] token(byte[] bind, long number) {
    return SessionKeys.token(secret, bind, number);
  }

  /** What the server has to answer to it. */
  byte[] answer(byte[] bind, long number) {
    return SessionKeys.answer(secret, bind, number);
  }
}
