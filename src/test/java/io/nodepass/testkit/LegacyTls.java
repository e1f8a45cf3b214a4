package io.nodepass.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/**
 * TLS as the original uses it, by the JDK's blocking sockets: 1.3 only, no ALPN, handshakes without
 * a limit of time, nothing resumed by its client. Any thread.
 */
final class LegacyTls {
  private static final String[] PROTOCOLS = {"TLSv1.3"};
  private static final char[] NO_PASSWORD = {};
  private static final String UNNAMED = "unnamed";

  /** What the JDK keeps its tickets by, besides the name; given once, so that none is found. */
  private static final AtomicInteger ALIASES = new AtomicInteger();

  private final SSLContext context;
  private final String verified;

  private LegacyTls(SSLContext context, String verified) {
    this.context = context;
    this.verified = verified;
  }

  /** The accepting side, which shows this certificate. */
  static LegacyTls server(Openssl.Issued identity) {
    try {
      KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
      keys.init(identity.store(), Openssl.PASSWORD.toCharArray());
      return new LegacyTls(context(keys, null), null);
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The dialling side of mode 1: sends no server name and believes everything. */
  static LegacyTls believing() {
    try {
      return new LegacyTls(context(null, new TrustManager[] {new Believer()}), null);
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  /** The dialling side of mode 2: wants a chain to one of these issuers, and this host's name. */
  static LegacyTls verifying(String host, Path issuers) {
    try (InputStream in = Files.newInputStream(issuers)) {
      KeyStore trusted = KeyStore.getInstance("PKCS12");
      trusted.load(null, NO_PASSWORD);
      for (Certificate issuer : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
        trusted.setCertificateEntry("issuer " + trusted.size(), issuer);
      }
      TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
      trust.init(trusted);
      return new LegacyTls(context(null, trust.getTrustManagers()), host);
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static SSLContext context(KeyManagerFactory keys, TrustManager[] trust)
      throws GeneralSecurityException {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys == null ? null : keys.getKeyManagers(), trust, null);
    return context;
  }

  /** Shakes hands with whoever dialled, for as long as that takes. */
  Wire accept(Socket tcp) throws IOException {
    SSLSocket tls = layered(tcp, UNNAMED);
    tls.setUseClientMode(false);
    tls.setEnabledProtocols(PROTOCOLS);
    tls.startHandshake();
    return Wire.secured(tcp, tls);
  }

  /** Shakes hands with the server that this socket is connected to. */
  Wire connect(Socket tcp) throws IOException {
    SSLSocket tls = layered(tcp, verified == null ? UNNAMED : verified);
    tls.setUseClientMode(true);
    SSLParameters parameters = tls.getSSLParameters();
    parameters.setProtocols(PROTOCOLS);
    if (verified == null) {
      parameters.setServerNames(List.of());
    } else {
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      // The JDK by itself sends no name without a dot.
      parameters.setServerNames(List.of(new SNIHostName(verified)));
    }
    tls.setSSLParameters(parameters);
    tls.startHandshake();
    return Wire.secured(tcp, tls);
  }

  /** Not to close the socket beneath, since the JDK would then end that with its own end. */
  private SSLSocket layered(Socket tcp, String name) throws IOException {
    return (SSLSocket)
        context
            .getSocketFactory()
            .createSocket(tcp, name, ALIASES.incrementAndGet(), /* autoClose= */ false);
  }
}
