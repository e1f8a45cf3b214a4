package io.nodepass.transport.tls;

import io.nodepass.transport.tls.TrustFailure.Check;
import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.Optional;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Decides whether a client accepts a server's certificate. The pin comes first, then the dates;
 * chain and host name are the JDK's to decide, and {@link TrustDiagnosis} says why it refused. It
 * is an extended trust manager also where it verifies nothing, since JSSE would add checks of its
 * own to a plain one.
 */
final class ServerCheck extends X509ExtendedTrustManager {
  private static final X509Certificate[] NONE = {};

  private final Optional<X509ExtendedTrustManager> issuers;
  private final Optional<Fingerprint> pin;
  private final InstantSource time;

  /**
   * What to check.
   *
   * @param issuers decides over chain and host name; without it neither is checked
   */
  ServerCheck(
      Optional<X509ExtendedTrustManager> issuers, Optional<Fingerprint> pin, InstantSource time) {
    this.issuers = issuers;
    this.pin = pin;
    this.time = time;
  }

  /** How the JDK is asked to decide, with what is known of the connection. */
  @FunctionalInterface
  private interface Verdict {
    void on(X509ExtendedTrustManager judge) throws CertificateException;
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    check(
        chain,
        authType,
        engine.getHandshakeSession(),
        engine.getSSLParameters(),
        judge -> judge.checkServerTrusted(chain, authType, engine));
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    if (!(socket instanceof SSLSocket tls)) {
      throw new CertificateException("not a TLS socket");
    }
    check(
        chain,
        authType,
        tls.getHandshakeSession(),
        tls.getSSLParameters(),
        judge -> judge.checkServerTrusted(chain, authType, socket));
  }

  private void check(
      X509Certificate[] chain,
      String authType,
      SSLSession session,
      SSLParameters parameters,
      Verdict verdict)
      throws CertificateException {
    String host = session.getPeerHost() == null ? "the server" : session.getPeerHost();
    checkPin(chain[0], host);
    if (issuers.isEmpty()) {
      return;
    }
    if (!"HTTPS".equals(parameters.getEndpointIdentificationAlgorithm())) {
      // A connection that was made past TrustChoice.engine: without this no name would be checked.
      throw new TrustFailure(Check.HOST, host, "no host name was set to check it against");
    }
    // First, because the JDK passes over the dates of a certificate that is itself trusted.
    TrustDiagnosis.checkDates(chain[0], host, time.instant());
    try {
      verdict.on(issuers.get());
    } catch (CertificateException e) {
      throw TrustDiagnosis.of(e, chain, authType, host, issuers.get(), time.instant());
    }
    if (chain[0].getSubjectAlternativeNames() == null) {
      // The JDK has looked at the common name instead, which RFC 9525 section 1.3 rules out.
      throw TrustDiagnosis.wrongHost(chain[0], host);
    }
  }

  private void checkPin(X509Certificate certificate, String host) throws TrustFailure {
    if (pin.isEmpty()) {
      return;
    }
    Fingerprint shown = Fingerprint.of(certificate);
    if (!pin.get().equals(shown)) {
      throw new TrustFailure(
          Check.PIN, host, "it is " + shown + ", and the pinned one is " + pin.get());
    }
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    throw new CertificateException("a certificate is checked with its connection only");
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    throw notAServer();
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    throw notAServer();
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    throw notAServer();
  }

  private static CertificateException notAServer() {
    return new CertificateException("clients show no certificate");
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return NONE;
  }
}
