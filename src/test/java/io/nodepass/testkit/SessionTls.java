package io.nodepass.testkit;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.HexFormat;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/**
 * TLS of the session dialect by the JDK's blocking sockets. A client's first handshake by one of
 * these is a full one, later ones are resumed if the server gave tickets. Any thread.
 */
final class SessionTls {
  private static final String[] PROTOCOLS = {"TLSv1.3"};
  private static final String UNNAMED = "unnamed";

  private final SSLContext context;
  private final String host;
  private final String shown;

  private SessionTls(SSLContext context, String host, String shown) {
    this.context = context;
    this.host = host;
    this.shown = shown;
  }

  static SessionTls server(Openssl.Issued identity) throws IOException {
    try {
      KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
      keys.init(identity.store(), Openssl.PASSWORD.toCharArray());
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys.getKeyManagers(), null, null);
      return new SessionTls(context, null, bind(certificates(identity.crt()).get(0)));
    } catch (GeneralSecurityException e) {
      throw new IOException(e);
    }
  }

  /** The client's side of mode 1, or of mode 2 when there are issuers. */
  static SessionTls client(String host, Path issuers) throws IOException {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, issuers == null ? believing() : trusting(issuers), null);
      return new SessionTls(context, issuers == null ? null : host, null);
    } catch (GeneralSecurityException e) {
      throw new IOException(e);
    }
  }

  private static TrustManager[] believing() {
    return new TrustManager[] {new Believer()};
  }

  private static TrustManager[] trusting(Path issuers)
      throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, new char[0]);
    for (Certificate issuer : certificates(issuers)) {
      store.setCertificateEntry("issuer " + store.size(), issuer);
    }
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(store);
    return trust.getTrustManagers();
  }

  private static List<Certificate> certificates(Path pem)
      throws GeneralSecurityException, IOException {
    try (InputStream in = Files.newInputStream(pem)) {
      return List.copyOf(CertificateFactory.getInstance("X.509").generateCertificates(in));
    }
  }

  /**
   * Takes whoever has dialled.
   *
   * @param first the byte of the handshake that was read already
   */
  SSLSocket accept(Socket tcp, int... first) throws IOException {
    byte[] read = new byte[first.length];
    for (int i = 0; i < first.length; i++) {
      read[i] = (byte) first[i];
    }
    SSLSocket tls =
        (SSLSocket)
            context
                .getSocketFactory()
                .createSocket(tcp, new ByteArrayInputStream(read), /* autoClose= */ false);
    tls.setEnabledProtocols(PROTOCOLS);
    tls.startHandshake();
    return tls;
  }

  SSLSocket connect(Socket tcp) throws IOException {
    SSLSocket tls =
        (SSLSocket)
            context
                .getSocketFactory()
                .createSocket(
                    tcp, host == null ? UNNAMED : host, tcp.getPort(), /* autoClose= */ false);
    SSLParameters parameters = tls.getSSLParameters();
    parameters.setProtocols(PROTOCOLS);
    parameters.setServerNames(host == null ? List.of() : List.of(new SNIHostName(host)));
    parameters.setEndpointIdentificationAlgorithm(host == null ? null : "HTTPS");
    tls.setSSLParameters(parameters);
    tls.startHandshake();
    return tls;
  }

  /** What a proof is bound to, at either end. */
  String bind(SSLSocket tls) throws IOException {
    return shown != null ? shown : bind(tls.getSession().getPeerCertificates()[0]);
  }

  private static String bind(Certificate certificate) throws IOException {
    try {
      return HexFormat.of().formatHex(Patterns.newSha256().digest(certificate.getEncoded()));
    } catch (GeneralSecurityException e) {
      throw new IOException(e);
    }
  }
}
