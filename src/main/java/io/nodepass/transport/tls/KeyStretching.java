package io.nodepass.transport.tls;

import java.nio.charset.StandardCharsets;
import org.bouncycastle.crypto.generators.SCrypt;

/**
 * Makes of the key that both ends share the secret that their proofs are made with: scrypt (RFC
 * 7914), so that whoever has seen a proof pays for each key that he tries. See docs/protocol.md,
 * "The key and the proofs".
 */
public final class KeyStretching {
  private static final byte[] SALT = "nodepass session 2".getBytes(StandardCharsets.US_ASCII);
  private static final int N = 8192;
  private static final int R = 8;
  private static final int P = 10;
  private static final int SIZE = 32;

  private KeyStretching() {}

  /**
   * Takes some tenths of a second and 8 MiB of memory, which are garbage afterwards; one caller at
   * a time has them. Any thread but a loop.
   *
   * @return 32 bytes
   */
  public static synchronized byte[] stretch(String key) {
    return scrypt(key.getBytes(StandardCharsets.UTF_8), SALT, N, R, P, SIZE);
  }

  /** The function of RFC 7914, section 6, with its names. */
  static byte[] scrypt(byte[] password, byte[] salt, int n, int r, int p, int length) {
    return SCrypt.generate(password, salt, n, r, p, length);
  }
}
