package io.nodepass.transport.tls;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.HexFormat;

/** The SHA-256 of a certificate's DER form, written {@code sha256:} and 64 hexadecimal digits. */
public final class Fingerprint {
  private static final String PREFIX = "sha256:";
  private static final int BYTES = 32;

  private final byte[] hash;

  private Fingerprint(byte[] hash) {
    this.hash = hash;
  }

  public static Fingerprint of(X509Certificate certificate) {
    try {
      return new Fingerprint(MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded()));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JVM has SHA-256", e);
    } catch (CertificateEncodingException e) {
      throw new IllegalStateException("a certificate that was decoded has its encoding", e);
    }
  }

  /** Reads a pin. Upper case, and colons between the bytes as openssl writes them, are taken. */
  public static Fingerprint parse(String text) throws CertificateProblem {
    if (!text.regionMatches(true, 0, PREFIX, 0, PREFIX.length())) {
      throw wrong(text);
    }
    String digits = text.substring(PREFIX.length());
    HexFormat format = digits.indexOf(':') < 0 ? HexFormat.of() : HexFormat.ofDelimiter(":");
    byte[] hash;
    try {
      hash = format.parseHex(digits);
    } catch (IllegalArgumentException e) {
      throw wrong(text);
    }
    if (hash.length != BYTES) {
      throw wrong(text);
    }
    return new Fingerprint(hash);
  }

  private static CertificateProblem wrong(String text) {
    return new CertificateProblem(
        "pin '"
            + CertificateText.plain(text)
            + "' is not sha256: and 64 hexadecimal digits, the SHA-256 of the certificate in DER"
            + " form (openssl x509 -noout -fingerprint -sha256 -in <pem>)");
  }

  /** The 32 bytes, a copy. */
  public byte[] bytes() {
    return hash.clone();
  }

  /** Compares in a time that does not depend on where the two differ. */
  @Override
  public boolean equals(Object other) {
    return other instanceof Fingerprint that && MessageDigest.isEqual(hash, that.hash);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(hash);
  }

  @Override
  public String toString() {
    return PREFIX + HexFormat.of().formatHex(hash);
  }
}
