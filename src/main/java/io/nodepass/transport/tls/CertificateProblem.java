package io.nodepass.transport.tls;

/**
 * A certificate, key, shared key or fingerprint that cannot be used. The message names the file or
 * the value, says what is wrong with it and what would be right; it never holds anything of a key.
 */
public final class CertificateProblem extends Exception {
  private static final long serialVersionUID = 1L;

  public CertificateProblem(String message) {
    super(message);
  }
}
