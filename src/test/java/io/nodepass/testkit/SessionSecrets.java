package io.nodepass.testkit;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.crypto.generators.SCrypt;

/**
 * The proofs and secrets of the session dialect, by docs/protocol.md, "The key and the proofs",
 * alone. Everything is in hexadecimal digits, as it goes over the wire.
 *
 * @param id the session's
 * @param secret K
 * @param client who opened it
 */
public record SessionSecrets(String id, String secret, String client) {
  /** What stands for a certificate where there is no TLS, and for a key where there is none. */
  static final String NOTHING = "00".repeat(32);

  private static final String PREFIX = "nodepass session 2";
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final HexFormat HEX = HexFormat.of();

  /** A key costs a good part of a second. */
  private static final Map<String, String> STRETCHED = new ConcurrentHashMap<>();

  /** P, of a key or of null. */
  static String stretched(String key) {
    return key == null ? NOTHING : STRETCHED.computeIfAbsent(key, SessionSecrets::stretch);
  }

  private static String stretch(String key) {
    byte[] salt = PREFIX.getBytes(StandardCharsets.US_ASCII);
    return HEX.formatHex(
        SCrypt.generate(key.getBytes(StandardCharsets.UTF_8), salt, 8192, 8, 10, 32));
  }

  /** H1 or H2, of the lines so far. */
  static String transcript(String bind, String... lines) {
    MessageDigest digest = Patterns.newSha256();
    digest.update((PREFIX + "\n").getBytes(StandardCharsets.US_ASCII));
    digest.update(HEX.parseHex(bind));
    for (String line : lines) {
      digest.update(line.getBytes(StandardCharsets.US_ASCII));
    }
    return HEX.formatHex(digest.digest());
  }

  /** HMAC-SHA256 of a label, a zero byte and what follows. */
  static String mac(String key, String label, String... parts) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(HEX.parseHex(key), "HmacSHA256"));
      mac.update(label.getBytes(StandardCharsets.US_ASCII));
      mac.update((byte) 0);
      for (String part : parts) {
        mac.update(HEX.parseHex(part));
      }
      return HEX.formatHex(mac.doFinal());
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  /** The data line of a connection without TLS. */
  public String plainData(long number) {
    String mac = token(NOTHING, number);
    return SessionText.of("data", "session", id, "n", Long.toString(number), "mac", mac).raw();
  }

  /** Of a data line. */
  public String token(String bind, long number) {
    return mac(secret, "data", bind, number(number));
  }

  /** Of the line {@code //ready}. */
  String answer(String bind, long number) {
    return mac(secret, "ready", bind, number(number));
  }

  /** The field {@code resume} of the next opening, whose nonce is given. */
  String resumption(String nonce) {
    return id + "." + mac(secret, "resume", nonce, client);
  }

  private static String number(long number) {
    return HEX.formatHex(ByteBuffer.allocate(8).putLong(number).array());
  }

  /** The same digits but for the last one. */
  static String spoilt(String digits) {
    char last = digits.charAt(digits.length() - 1);
    return digits.substring(0, digits.length() - 1) + (last == '0' ? '1' : '0');
  }

  /** So many random bytes. */
  static String random(int bytes) {
    byte[] random = new byte[bytes];
    RANDOM.nextBytes(random);
    return HEX.formatHex(random);
  }
}
