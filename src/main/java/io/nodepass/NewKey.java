package io.nodepass;

import java.security.SecureRandom;
import java.util.Base64;

/** A key for both ends, as {@code nodepass keygen} prints it. */
final class NewKey {
  private static final int BYTES = 32;

  private NewKey() {}

  /** 256 random bits in 43 characters of base64url, which may stand in a URL as they are. */
  static String text() {
    byte[] bytes = new byte[BYTES];
    new SecureRandom().nextBytes(bytes);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }
}
