package io.nodepass.tunnel;

import io.nodepass.transport.Flow;
import io.nodepass.transport.tls.Fingerprint;
import io.nodepass.transport.tls.TlsFlow;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLPeerUnverifiedException;

/** What ties a proof to the connection that it is sent on. */
final class Binding {
  private Binding() {}

  /** SHA-256 of the certificate that the server has shown, or of none. */
  static byte[] of(Flow flow) {
    if (!(flow instanceof TlsFlow secured)) {
      return SessionKeys.noCertificate();
    }
    try {
      return Fingerprint.of((X509Certificate) secured.session().getPeerCertificates()[0]).bytes();
    } catch (SSLPeerUnverifiedException e) {
      throw new IllegalStateException("a handshake without a certificate is refused", e);
    }
  }
}
