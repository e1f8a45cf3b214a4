package io.nodepass.transport.tls;

import java.io.IOException;

/**
 * The peer ended the connection beneath where TLS could not go on without it: by an end or a reset
 * in the midst of a handshake, by an end without close_notify, or so that something could not be
 * written. It is for those who have to tell it from what is wrong here or in the path; which class
 * and which words the system has for it differs between systems and JDKs.
 */
public final class PeerEndedException extends IOException {
  private static final long serialVersionUID = 1;

  public PeerEndedException(String message) {
    super(message);
  }

  /** For what a flow has thrown, in its words. */
  public PeerEndedException(IOException cause) {
    super(cause.getMessage() == null ? cause.toString() : cause.getMessage(), cause);
  }
}
