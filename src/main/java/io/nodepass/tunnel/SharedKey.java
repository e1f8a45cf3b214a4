package io.nodepass.tunnel;

import io.nodepass.transport.tls.CertificateProblem;

/** The key that both ends share, ready for use. */
final class SharedKey {
  private SharedKey() {}

  /**
   * Reads and stretches the key of the configuration. Takes long; not on a loop.
   *
   * @return {@link SessionKeys#SIZE} bytes, or null when there is no key
   * @throws CertificateProblem when its file cannot be used
   */
  static byte[] of(TunnelContext context) throws CertificateProblem {
    return null;
  }
}
