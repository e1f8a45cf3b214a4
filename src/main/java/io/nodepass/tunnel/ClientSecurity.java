package io.nodepass.tunnel;

import io.nodepass.config.TlsMode;
import io.nodepass.config.TlsSettings;
import io.nodepass.transport.Dialer;
import io.nodepass.transport.tls.CertificatePath;
import io.nodepass.transport.tls.CertificateProblem;
import io.nodepass.transport.tls.Fingerprint;
import io.nodepass.transport.tls.ResumingEngines;
import io.nodepass.transport.tls.TlsDialer;
import io.nodepass.transport.tls.TrustChoice;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;

/**
 * How a client makes its data connections, by the TLS mode that the server has announced, and which
 * modes it takes at all: none below its own {@code tls=}, and none below what this server has
 * announced to it before. For the home loop only, once it is made.
 */
final class ClientSecurity {
  /** The original does its handshakes one after another, so that more at once only wait longer. */
  static final int MOST_SECURE_DIALS = 4;

  /** Plain dials cost the other side next to nothing. */
  static final int MOST_PLAIN_DIALS = 64;

  /** Our own server works on several at a time. */
  static final int MOST_SESSION_DIALS = 8;

  private final TunnelContext context;
  private final TlsSettings tls;
  private final Optional<Fingerprint> pin;
  private final Trust trust;
  private TlsMode least;
  private Fingerprint told;

  /**
   * How to dial.
   *
   * @param most how many at a time
   * @param tls what the dialer secures its connections by; null in mode 0
   */
  record Dialling(Dialer dialer, int most, TlsDialer tls) {
    /** In mode 0. */
    Dialling(Dialer dialer, int most) {
      this(dialer, most, null);
    }
  }

  /** Takes what was prepared, on the home loop, unless the loop has ended. */
  interface Outcome {
    void prepared(Dialling dialling);

    void failed(String reason);
  }

  /** Whom to trust in a mode. Reads files. */
  interface Trust {
    TrustChoice in(TlsMode mode) throws CertificateProblem;
  }

  ClientSecurity(TunnelContext context, Optional<Fingerprint> pin, Trust trust) {
    this.context = context;
    this.tls = context.config().tls();
    this.pin = pin;
    this.trust = trust;
    this.least = tls.mode();
  }

  /**
   * Reads what the configuration names, to find its faults before anything is dialled. Not on a
   * loop.
   *
   * @throws CertificateProblem when it cannot be used
   */
  static ClientSecurity of(TunnelContext context) throws CertificateProblem {
    TlsSettings tls = context.config().tls();
    Optional<Fingerprint> pin =
        tls.pin().isPresent() ? Optional.of(Fingerprint.parse(tls.pin().get())) : Optional.empty();
    Trust trust = mode -> trust(tls, pin, mode);
    if (tls.ca().isPresent()) {
      trust.in(TlsMode.VERIFIED);
    }
    return new ClientSecurity(context, pin, trust);
  }

  /**
   * A pin alone says all about who the server is; chain and host name are checked besides it where
   * the configuration asks for that by {@code tls=2} or {@code ca=}.
   */
  private static TrustChoice trust(TlsSettings tls, Optional<Fingerprint> pin, TlsMode mode)
      throws CertificateProblem {
    boolean pinned = pin.isPresent() && tls.mode() != TlsMode.VERIFIED;
    if (mode != TlsMode.VERIFIED || pinned) {
      return TrustChoice.unverified(pin);
    }
    Optional<Path> ca = Optional.empty();
    if (tls.ca().isPresent()) {
      ca = Optional.of(CertificatePath.of("ca", tls.ca().get()));
    }
    return TrustChoice.verified(ca, pin);
  }

  /**
   * Looks at the mode that the server wants.
   *
   * @throws ProtocolException when it is less than it may be
   */
  void check(TlsMode mode) throws ProtocolException {
    if (mode.compareTo(tls.mode()) < 0) {
      throw new ProtocolException(
          "the server offers tls="
              + mode.code()
              + " and this client accepts no less than tls="
              + tls.mode().code()
              + cause()
              + (keyAlone()
                  ? ": give the server the same key, which means tls=1 there, or insecure=1 here if"
                      + " both have it and go without TLS"
                  : ": set it there")
              + "; if it is so, somebody on the way has changed what it says");
    }
    if (mode.compareTo(least) < 0) {
      throw new ProtocolException(
          "the server offers tls="
              + mode.code()
              + " now and offered tls="
              + least.code()
              + " before: start this client again if that is meant");
    }
  }

  /** It is the key that asks for TLS, and nothing else. */
  private boolean keyAlone() {
    return context.config().key().isPresent() && tls.ca().isEmpty() && tls.pin().isEmpty();
  }

  /** What makes the least mode what it is, besides {@code tls=}. */
  private String cause() {
    if (tls.ca().isPresent()) {
      return " (ca=)";
    }
    if (tls.pin().isPresent()) {
      return " (pin=)";
    }
    return context.config().key().isPresent() ? " (it has a key)" : "";
  }

  /** A data connection in this mode has been made: from now on it is the least. */
  void proven(TlsMode mode) {
    least = mode;
  }

  /**
   * Prepares dialling in that mode; certificates are read elsewhere, so the outcome comes later.
   */
  void prepare(TlsMode mode, Outcome outcome) {
    prepare(mode, MOST_SECURE_DIALS, outcome);
  }

  /** As above, with so many secure dials at a time. */
  void prepare(TlsMode mode, int most, Outcome outcome) {
    if (mode == TlsMode.NONE) {
      outcome.prepared(new Dialling(context.dialer(), MOST_PLAIN_DIALS));
      return;
    }
    // Read anew for each control connection, so that a file that was replaced counts.
    context
        .tasks()
        .execute(
            () -> {
              try {
                TlsDialer dialer = dialer(mode, trust.in(mode), most);
                Dialling dialling = new Dialling(dialer, most, dialer);
                backHome(() -> outcome.prepared(dialling));
              } catch (CertificateProblem e) {
                backHome(() -> outcome.failed(e.getMessage()));
              } catch (Throwable e) { // a lack of memory too, or the client would wait for ever
                backHome(() -> outcome.failed("TLS cannot be used: " + e));
              }
            });
  }

  private void backHome(Runnable step) {
    try {
      context.home().execute(step);
    } catch (RejectedExecutionException e) {
      // The loop has ended, and there is nobody to tell.
    }
  }

  private TlsDialer dialer(TlsMode mode, TrustChoice trust, int most) {
    String host = context.config().tunnel().host();
    // Twice the dials at a time: a slot is free again only when the other end has spoken.
    ResumingEngines engines =
        new ResumingEngines(trust, host.isEmpty() ? "localhost" : host, 2 * most);
    engines.fresh(); // what the JDK loads for its first engine is not to be loaded on the loop
    return new TlsDialer(
        context.dialer(), trust, engines, context.tasks(), certificate -> shown(mode, certificate));
  }

  /** On the home loop. */
  private void shown(TlsMode mode, X509Certificate certificate) {
    Fingerprint fingerprint = Fingerprint.of(certificate);
    if (fingerprint.equals(told)) {
      return;
    }
    told = fingerprint;
    boolean known = mode == TlsMode.VERIFIED || pin.isPresent();
    String judgement;
    if (known) {
      judgement = ", verified";
    } else if (context.config().key().isPresent()) {
      judgement = ", for the key to prove"; // or the session is not opened
    } else {
      // It is of mode 1, where each start of the server makes another one.
      judgement =
          ", not verified: pin=" + fingerprint + " would do so until the server starts again";
    }
    context.log().info("server certificate " + fingerprint + judgement);
  }
}
