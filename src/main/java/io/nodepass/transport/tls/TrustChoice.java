package io.nodepass.transport.tls;

import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import javax.net.ssl.TrustManager;

/**
 * Which servers a client accepts, and the TLS that holds it to that. Each check that is asked for
 * has to be passed: when it is verified, chain and host name must be right besides the pin, and
 * when it is not, the pin is the only check. Which of the two a client takes does not depend on the
 * server's mode alone, and is not decided here. A refused handshake has a {@link TrustFailure}
 * among its causes. Never changed once made; any thread.
 */
public final class TrustChoice {
  private final SSLContext context;
  private final boolean verified;
  private final InstantSource time;

  private TrustChoice(ServerCheck check, boolean verified, InstantSource time) {
    this.verified = verified;
    this.time = time;
    try {
      context = SSLContext.getInstance(Tls13.PROTOCOL);
      context.init(null, new TrustManager[] {check}, null);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JVM has no TLS 1.3", e);
    }
  }

  /** Any certificate, or only the pinned one, whatever its chain, host name and dates. */
  public static TrustChoice unverified(Optional<Fingerprint> pin) {
    InstantSource time = InstantSource.system();
    ServerCheck check = new ServerCheck(Optional.empty(), pin, time);
    return new TrustChoice(check, /* verified= */ false, time);
  }

  /**
   * A chain to an issuer that the JVM or the file trusts, valid now, for the host dialled; and the
   * pinned certificate, if there is a pin. Reads files, so not on an event loop.
   *
   * @param ca a PEM file with issuers to trust besides the system's
   */
  public static TrustChoice verified(Optional<Path> ca, Optional<Fingerprint> pin)
      throws CertificateProblem {
    return verified(ca, pin, InstantSource.system());
  }

  /** As above, with a clock for the dates of the server's own certificate and of sessions. */
  static TrustChoice verified(Optional<Path> ca, Optional<Fingerprint> pin, InstantSource time)
      throws CertificateProblem {
    ServerCheck check = new ServerCheck(Optional.of(TrustedIssuers.load(ca)), pin, time);
    return new TrustChoice(check, /* verified= */ true, time);
  }

  /**
   * Whether a session may still be used. A resumed one shows no certificate, so nothing but this
   * sees that one of those which it began with has ended since. One that had ended before then was
   * accepted all the same: no chain to a trusted issuer needs it.
   *
   * @throws TrustFailure when not; a full handshake would tell whether there is another chain
   */
  void checkStillHolds(SSLSession session) throws TrustFailure {
    if (!verified) {
      return;
    }
    String host = session.getPeerHost() == null ? "the server" : session.getPeerHost();
    Instant began = Instant.ofEpochMilli(session.getCreationTime());
    try {
      for (Certificate certificate : session.getPeerCertificates()) {
        X509Certificate shown = (X509Certificate) certificate;
        if (!began.isAfter(shown.getNotAfter().toInstant())) {
          TrustDiagnosis.checkDates(shown, host, time.instant());
        }
      }
    } catch (SSLPeerUnverifiedException e) {
      throw new IllegalStateException("a handshake without a certificate is refused", e);
    }
  }

  /** Where sessions are kept. An engine made past {@link #engine} is refused in mode 2. */
  SSLContext context() {
    return context;
  }

  /**
   * A new engine for one connection: the client's side, TLS 1.3 only.
   *
   * @param host the name or the address without brackets, as the user wrote it; what is checked
   * @param alias as that of {@link Tls13#client}
   */
  public SSLEngine engine(String host, int alias) {
    String name =
        host.length() > 1 && host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
    return Tls13.client(context, name, verified, alias);
  }
}
