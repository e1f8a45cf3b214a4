package io.nodepass.tunnel;

import io.nodepass.config.TlsMode;
import java.security.SecureRandom;
import java.time.Duration;

/** On what terms a server opens sessions. For the home loop only. */
final class SessionTerms {
  private static final long LEAST_BEAT = 100;

  private final TunnelContext context;
  private final byte[] key;
  private final int port;
  private final ServerSecurity security;
  private final SecureRandom random;

  /**
   * What stays the same for all sessions.
   *
   * @param key stretched, or null when there is none
   * @param port of the tunnel address, as the server sees it
   */
  SessionTerms(
      TunnelContext context, byte[] key, int port, ServerSecurity security, SecureRandom random) {
    this.context = context;
    this.key = key;
    this.port = port;
    this.security = security;
    this.random = random;
  }

  TunnelContext context() {
    return context;
  }

  byte[] key() {
    return key;
  }

  int port() {
    return port;
  }

  ServerSecurity security() {
    return security;
  }

  boolean hasKey() {
    return key != null;
  }

  /** As it stands in the lines. */
  String auth() {
    return hasKey() ? "key" : "none";
  }

  TlsMode mode() {
    return context.config().tls().mode();
  }

  /** Whether data connections carry frames, and are used again. */
  boolean isFramed() {
    return mode() != TlsMode.NONE;
  }

  /** From one sign of life to the next, in milliseconds; 0 when there are none. */
  long beat() {
    Duration interval = context.config().limits().reportInterval();
    return interval.isZero() ? 0 : Math.max(LEAST_BEAT, interval.toMillis());
  }

  byte[] random(int bytes) {
    byte[] fresh = new byte[bytes];
    random.nextBytes(fresh);
    return fresh;
  }
}
