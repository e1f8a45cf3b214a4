package io.nodepass.testkit;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** A ready data connection at the server's end, for one user after the other. */
public final class ServedConnection {
  private static final String KIND_TCP = "1";

  private final SessionPipe pipe;
  private final long number;
  private int flows;

  ServedConnection(SessionPipe pipe, long number) {
    this.pipe = pipe;
    this.number = number;
  }

  /** For whatever else a test wants to say over it. */
  public SessionPipe pipe() {
    return pipe;
  }

  /** The number in its data line. */
  public long number() {
    return number;
  }

  /** How many flows it has carried, or does. */
  public int flows() {
    return flows;
  }

  /**
   * Signals a user.
   *
   * @param source the user's address as the page writes it
   */
  public SessionFlow open(String source) throws IOException {
    SessionText signal = SessionText.ofKind(SessionSecrets.random(4), KIND_TCP, "src", source);
    flows++;
    if (!pipe.isSecured()) {
      pipe.say(signal.raw());
      return SessionFlow.raw(pipe, signal);
    }
    byte[] payload = signal.raw().strip().getBytes(StandardCharsets.US_ASCII);
    SessionFrame.write(pipe, SessionFrame.OPEN, flows, payload);
    return SessionFlow.framed(pipe, signal, flows, /* server= */ true);
  }

  /** Writes any frame; for what is not allowed. */
  public void frame(int type, int flow, byte[] payload) throws IOException {
    SessionFrame.write(pipe, type, flow, payload);
  }
}
