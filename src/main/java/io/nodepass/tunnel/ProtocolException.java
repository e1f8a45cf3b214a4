package io.nodepass.tunnel;

import java.io.IOException;

/** The peer said something that the dialect does not allow. */
class ProtocolException extends IOException {
  private static final long serialVersionUID = 1L;

  ProtocolException(String message) {
    super(message);
  }
}
