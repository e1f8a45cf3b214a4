package io.nodepass.tunnel;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The proofs and secrets of one session, see docs/protocol.md, "The key and the proofs". The lines
 * of the opening are added in their order, by either end, as they were sent. Not thread-safe.
 */
final class SessionKeys {
  static final int SIZE = 32;

  private static final byte[] PREFIX = "nodepass session 2\n".getBytes(StandardCharsets.US_ASCII);

  private final byte[] key;
  private final MessageDigest transcript;

  /**
   * Begins a transcript.
   *
   * @param key the stretched key, or null when there is none
   * @param bind SHA-256 of the server's certificate, or {@link #noCertificate}
   */
  SessionKeys(byte[] key, byte[] bind) {
    this.key = key == null ? new byte[SIZE] : key;
    this.transcript = sha256();
    transcript.update(PREFIX);
    transcript.update(bind);
  }

  /** What stands for a certificate in mode 0. */
  static byte[] noCertificate() {
    return new byte[SIZE];
  }

  /** A line of the opening. */
  void add(SessionLine line) {
    transcript.update(line.raw().getBytes(StandardCharsets.ISO_8859_1));
  }

  /** What the client proves itself by: after the lines up to the challenge. */
  byte[] clientProof() {
    return mac(key, "client", soFar());
  }

  /** What the server proves itself by: after the lines up to the session's. */
  byte[] serverProof() {
    return mac(key, "server", soFar());
  }

  /** The session secret: after the lines up to the session's. */
  byte[] secret() {
    return mac(key, "session", soFar());
  }

  /** What a data connection is opened with. */
  static byte[] token(byte[] secret, byte[] bind, long number) {
    return mac(secret, "data", bind, number(number));
  }

  /** What it is answered with. */
  static byte[] answer(byte[] secret, byte[] bind, long number) {
    return mac(secret, "ready", bind, number(number));
  }

  /** What a client shows that had the session with that secret before. */
  static byte[] resumption(byte[] secret, byte[] nonce, byte[] client) {
    return mac(secret, "resume", nonce, client);
  }

  /** In constant time. */
  static boolean same(byte[] one, byte[] other) {
    return MessageDigest.isEqual(one, other);
  }

  private byte[] soFar() {
    try {
      return ((MessageDigest) transcript.clone()).digest();
    } catch (CloneNotSupportedException e) {
      throw new IllegalStateException("the JDK's SHA-256 can be cloned", e);
    }
  }

  private static byte[] number(long number) {
    return ByteBuffer.allocate(Long.BYTES).putLong(number).array();
  }

  private static byte[] mac(byte[] key, String label, byte[]... parts) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      mac.update(label.getBytes(StandardCharsets.US_ASCII));
      mac.update((byte) 0);
      for (byte[] part : parts) {
        mac.update(part);
      }
      return mac.doFinal();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has HmacSHA256", e);
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
