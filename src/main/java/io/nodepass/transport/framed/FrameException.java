package io.nodepass.transport.framed;

import java.io.IOException;

/** The peer has sent what it must not send; the message says what. */
final class FrameException extends IOException {
  private static final long serialVersionUID = 1;

  FrameException(String message) {
    super(message);
  }
}
