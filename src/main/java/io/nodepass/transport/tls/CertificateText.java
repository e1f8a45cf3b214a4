package io.nodepass.transport.tls;

import io.nodepass.telemetry.PlainText;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import javax.security.auth.x500.X500Principal;

/** Certificates in words, for messages. What comes from a stranger is cut and made harmless. */
final class CertificateText {
  private static final int LONGEST_NAME = 200;

  private CertificateText() {}

  static String subject(X509Certificate certificate) {
    return name(certificate.getSubjectX500Principal());
  }

  static String issuer(X509Certificate certificate) {
    return name(certificate.getIssuerX500Principal());
  }

  /** A moment in UTC, to the second: 2027-11-23T00:00:00Z. */
  static String date(Instant moment) {
    return moment.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  static String plain(String text) {
    StringBuilder out = new StringBuilder();
    PlainText.append(out, text, LONGEST_NAME);
    return out.toString();
  }

  private static String name(X500Principal principal) {
    String name = principal.getName(X500Principal.RFC2253);
    return name.isEmpty() ? "(no subject)" : plain(name);
  }
}
