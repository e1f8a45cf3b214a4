package io.nodepass.transport.tls;

import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.InstantSource;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;

/**
 * Which servers a client accepts, and the TLS that holds it to that. A pin is a check more, never
 * one less: in mode 2 chain and host name must be right as well. A refused handshake has a {@link
 * TrustFailure} among its causes. Never changed once made; any thread.
 */
public final class TrustChoice {
  private final SSLContext context;
  private final boolean verified;

  private TrustChoice(ServerCheck check, boolean verified) {
    this.verified = verified;
    try {
      context = SSLContext.getInstance(ServerTls.PROTOCOL);
      context.init(null, new TrustManager[] {check}, null);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this JVM has no TLS 1.3", e);
    }
  }

  /** Mode 1: any certificate, or only the pinned one. */
  public static TrustChoice unverified(Optional<Fingerprint> pin) {
    ServerCheck check = new ServerCheck(Optional.empty(), pin, InstantSource.system());
    return new TrustChoice(check, /* verified= */ false);
  }

  /**
   * Mode 2: a chain to an issuer that the JVM or the file trusts, valid now, for the host dialled.
   * Reads files, so not on an event loop.
   *
   * @param ca a PEM file with issuers to trust besides the system's
   */
  public static TrustChoice verified(Optional<Path> ca, Optional<Fingerprint> pin)
      throws CertificateProblem {
    return verified(ca, pin, InstantSource.system());
  }

  /** As above, with a clock for the dates of the server's own certificate. */
  static TrustChoice verified(Optional<Path> ca, Optional<Fingerprint> pin, InstantSource time)
      throws CertificateProblem {
    ServerCheck check = new ServerCheck(Optional.of(TrustedIssuers.load(ca)), pin, time);
    return new TrustChoice(check, /* verified= */ true);
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
