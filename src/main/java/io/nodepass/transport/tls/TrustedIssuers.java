package io.nodepass.transport.tls;

import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Whom a client trusts to say who a server is: the issuers that the JVM trusts (its own file or
 * {@code javax.net.ssl.trustStore}) and those of the {@code ca=} file besides.
 */
final class TrustedIssuers {
  private TrustedIssuers() {}

  /** Reads files, so not on an event loop. */
  static X509ExtendedTrustManager load(Optional<Path> ca) throws CertificateProblem {
    List<X509Certificate> trusted = new ArrayList<>();
    if (ca.isPresent()) {
      trusted.addAll(PemCertificates.in(PemFile.read("ca", ca.get())));
    }
    try {
      X509ExtendedTrustManager system = trustManager(null);
      if (trusted.isEmpty() && system.getAcceptedIssuers().length > 0) {
        return system;
      }
      trusted.addAll(List.of(system.getAcceptedIssuers()));
    } catch (GeneralSecurityException e) {
      if (trusted.isEmpty()) {
        throw new CertificateProblem(
            "the issuers that this JVM trusts cannot be read ("
                + CertificateText.plain(String.valueOf(e.getMessage()))
                + "); name a file with the server's issuer by ca=");
      }
    }
    if (trusted.isEmpty()) {
      throw new CertificateProblem(
          "this JVM trusts no issuer at all; name a file with the server's issuer by ca=");
    }
    try {
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      for (int i = 0; i < trusted.size(); i++) {
        store.setCertificateEntry(Integer.toString(i), trusted.get(i));
      }
      return trustManager(store);
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("a list of certificates could not be made a store", e);
    }
  }

  private static X509ExtendedTrustManager trustManager(KeyStore store)
      throws GeneralSecurityException {
    TrustManagerFactory factory = TrustManagerFactory.getInstance("PKIX");
    factory.init(store);
    for (TrustManager manager : factory.getTrustManagers()) {
      if (manager instanceof X509ExtendedTrustManager extended) {
        return extended;
      }
    }
    throw new IllegalStateException("this JVM has no PKIX trust manager");
  }
}
