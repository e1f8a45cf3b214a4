package io.nodepass.tunnel;

import java.security.SecureRandom;

/**
 * What a client is known by to its server, from one session to the next. For the home loop only.
 */
final class ClientIdentity {
  private static final int SIZE = 16;

  private final byte[] id = random(SIZE);
  private final byte[] key;
  private String session;
  private byte[] secret;

  /** With the key that both ends share, stretched; null when there is none. */
  ClientIdentity(byte[] key) {
    this.key = key;
  }

  static byte[] random(int size) {
    byte[] bytes = new byte[size];
    new SecureRandom().nextBytes(bytes);
    return bytes;
  }

  byte[] id() {
    return id;
  }

  byte[] key() {
    return key;
  }

  boolean hasKey() {
    return key != null;
  }

  /** A session was opened, which the next one is to take the place of. */
  void opened(String session, byte[] secret) {
    this.session = session;
    this.secret = secret;
  }

  boolean hadSession() {
    return session != null;
  }

  /** The proof that the session before was this client's, for an opening with that nonce. */
  String resumption(byte[] nonce) {
    return session + "." + Hex.of(SessionKeys.resumption(secret, nonce, id));
  }
}
