package io.nodepass.transport.tls;

import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;

/**
 * What a server shows and proves: a private key and its certificate, followed by the issuers that
 * lead from it towards a root.
 *
 * @param chain the certificate of the key first; never empty
 */
record Identity(PrivateKey key, List<X509Certificate> chain) {
  Identity {
    chain = List.copyOf(chain);
  }

  X509Certificate certificate() {
    return chain.get(0);
  }

  /** The first moment at which some certificate of the chain is no longer valid. */
  Instant end() {
    Instant end = certificate().getNotAfter().toInstant();
    for (X509Certificate certificate : chain) {
      Instant other = certificate.getNotAfter().toInstant();
      end = other.isBefore(end) ? other : end;
    }
    return end;
  }

  /** Without the key, whose own text may tell more than a log should hold. */
  @Override
  public String toString() {
    return "Identity[" + CertificateText.subject(certificate()) + "]";
  }
}
