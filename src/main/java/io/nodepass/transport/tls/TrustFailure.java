package io.nodepass.transport.tls;

import java.security.cert.CertificateException;

/**
 * A server's certificate that a client does not accept. The message names the server, the check
 * that failed and what would be right. JSSE wraps it: {@link #in} finds it again.
 */
public final class TrustFailure extends CertificateException {
  private static final long serialVersionUID = 1L;

  /** The deepest that JSSE is known to wrap is three; a cycle of causes must end. */
  private static final int DEEPEST = 16;

  /** Which check failed. */
  public enum Check {
    /** It is another certificate than the pinned one. */
    PIN("pin"),
    /** It, or an issuer of it, is expired or not yet valid. */
    DATE("date"),
    /** No chain leads to a trusted issuer. */
    ISSUER("issuer"),
    /** It is for another host name. */
    HOST("host name"),
    /** Something else about it or its chain, such as its purpose or a weak algorithm. */
    CHAIN("chain");

    private final String text;

    Check(String text) {
      this.text = text;
    }
  }

  private final Check check;

  TrustFailure(Check check, String host, String what) {
    super(
        "the certificate of "
            + CertificateText.plain(host)
            + " failed the "
            + check.text
            + " check: "
            + what);
    this.check = check;
  }

  public Check check() {
    return check;
  }

  /** The one among an error and its causes, or null. */
  public static TrustFailure in(Throwable error) {
    Throwable cause = error;
    for (int depth = 0; cause != null && depth < DEEPEST; depth++) {
      if (cause instanceof TrustFailure failure) {
        return failure;
      }
      cause = cause.getCause();
    }
    return null;
  }
}
