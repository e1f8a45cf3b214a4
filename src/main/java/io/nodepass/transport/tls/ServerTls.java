package io.nodepass.transport.tls;

import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;

/**
 * What a server does TLS with, never changed once made: a connection keeps the one that it began
 * with. Sessions are resumed within one of these only. Any thread.
 */
public final class ServerTls {
  private final SSLContext context;
  private final X509Certificate certificate;
  private final Fingerprint fingerprint;
  private final Instant end;

  private ServerTls(SSLContext context, Identity identity) {
    this.context = context;
    this.certificate = identity.certificate();
    this.fingerprint = Fingerprint.of(certificate);
    this.end = identity.end();
  }

  static ServerTls of(Identity identity) {
    try {
      SSLContext context = SSLContext.getInstance(Tls13.PROTOCOL);
      // An empty list, since null would read the system's trusted certificates for nothing.
      context.init(
          new KeyManager[] {new OneIdentity(identity)}, new TrustManager[0], /* random= */ null);
      return new ServerTls(context, identity);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JVM has no TLS 1.3", e);
    }
  }

  /** For sockets made elsewhere, which must still be limited to TLS 1.3. */
  public SSLContext context() {
    return context;
  }

  /** A new engine for one connection: the server's side, TLS 1.3 only. */
  public SSLEngine engine() {
    return Tls13.server(context);
  }

  /** The certificate itself, without its issuers. */
  public X509Certificate certificate() {
    return certificate;
  }

  /** What a client can pin. */
  public Fingerprint fingerprint() {
    return fingerprint;
  }

  /** When the first certificate of the chain expires. */
  public Instant end() {
    return end;
  }
}
