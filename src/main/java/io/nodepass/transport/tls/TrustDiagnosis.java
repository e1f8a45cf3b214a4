package io.nodepass.transport.tls;

import io.nodepass.transport.tls.TrustFailure.Check;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import javax.net.ssl.X509TrustManager;

/** Says which check failed when the JDK has refused a certificate. It never makes the decision. */
final class TrustDiagnosis {
  /** The kinds of subject alternative names, RFC 5280, 4.2.1.6. */
  private static final int DNS_NAME = 2;

  private static final int IP_ADDRESS = 7;
  private static final int MOST_NAMES = 10;

  private TrustDiagnosis() {}

  static TrustFailure of(
      CertificateException refusal,
      X509Certificate[] chain,
      String authType,
      String host,
      X509TrustManager issuers,
      Instant now) {
    try {
      issuers.checkServerTrusted(chain, authType);
    } catch (CertificateException e) {
      return ofChain(e, chain, host, now);
    }
    // The chain alone is right, so it was what the connection adds to it.
    if (cause(refusal, CertPathValidatorException.class) != null) {
      return new TrustFailure(Check.CHAIN, host, text(refusal));
    }
    return wrongHost(chain[0], host);
  }

  /** None of the certificate's names is the one that was dialled. */
  static TrustFailure wrongHost(X509Certificate certificate, String host) {
    return new TrustFailure(
        Check.HOST,
        host,
        "it is for "
            + names(certificate)
            + "; dial the server by such a name, or give it a certificate for this one");
  }

  private static TrustFailure ofChain(
      CertificateException refusal, X509Certificate[] chain, String host, Instant now) {
    for (X509Certificate certificate : chain) {
      try {
        checkDates(certificate, host, now);
      } catch (TrustFailure e) {
        return e;
      }
    }
    if (cause(refusal, CertPathBuilderException.class) == null) {
      return new TrustFailure(Check.CHAIN, host, text(refusal));
    }
    X509Certificate last = chain[chain.length - 1];
    boolean selfSigned =
        chain.length == 1 && last.getIssuerX500Principal().equals(last.getSubjectX500Principal());
    return new TrustFailure(
        Check.ISSUER,
        host,
        selfSigned
            ? "it is self-signed ("
                + CertificateText.subject(last)
                + ") and not trusted here; name a file with it by ca="
            : "it leads to "
                + CertificateText.issuer(last)
                + ", who is not trusted here; name a file with that issuer by ca=, or add missing"
                + " certificates to the server's crt=");
  }

  /** Whether a certificate is valid now, by the dates it has. */
  static void checkDates(X509Certificate certificate, String host, Instant now)
      throws TrustFailure {
    Instant start = certificate.getNotBefore().toInstant();
    Instant end = certificate.getNotAfter().toInstant();
    if (now.isAfter(end)) {
      throw new TrustFailure(
          Check.DATE,
          host,
          CertificateText.subject(certificate) + " expired at " + CertificateText.date(end));
    }
    if (now.isBefore(start)) {
      throw new TrustFailure(
          Check.DATE,
          host,
          CertificateText.subject(certificate)
              + " is not valid before "
              + CertificateText.date(start)
              + ", and here it is "
              + CertificateText.date(now));
    }
  }

  /** The host names and addresses that a certificate is for; the subject when it has none. */
  private static String names(X509Certificate certificate) {
    List<String> names = new ArrayList<>();
    try {
      Collection<List<?>> all = certificate.getSubjectAlternativeNames();
      for (List<?> name : all == null ? List.<List<?>>of() : all) {
        int kind = (Integer) name.get(0);
        if (kind == DNS_NAME || kind == IP_ADDRESS) {
          names.add(CertificateText.plain(name.get(1).toString()));
        }
      }
    } catch (CertificateParsingException e) {
      return "names that cannot be read";
    }
    if (names.isEmpty()) {
      return CertificateText.subject(certificate) + ", without a host name in a subjectAltName";
    }
    int shown = Math.min(names.size(), MOST_NAMES);
    String more = names.size() > shown ? " and " + (names.size() - shown) + " more" : "";
    return String.join(", ", names.subList(0, shown)) + more;
  }

  private static String text(CertificateException refusal) {
    return CertificateText.plain(String.valueOf(refusal.getMessage()));
  }

  private static <T extends Throwable> T cause(Throwable error, Class<T> type) {
    Throwable cause = error;
    while (cause != null && !type.isInstance(cause)) {
      cause = cause.getCause();
    }
    return type.cast(cause);
  }
}
