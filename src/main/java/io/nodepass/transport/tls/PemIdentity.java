package io.nodepass.transport.tls;

import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.security.interfaces.RSAPublicKey;
import java.time.Instant;
import java.util.List;

/**
 * Puts the certificates of one PEM file and the key of another together, and finds out before any
 * client does whether a server can be run with them.
 */
final class PemIdentity {
  private static final int PROBE_BYTES = 32;

  private final PemFile crt;
  private final PemFile key;

  private PemIdentity(PemFile crt, PemFile key) {
    this.crt = crt;
    this.key = key;
  }

  /** Decodes and checks both; the files may be the same. */
  static Identity of(PemFile crt, PemFile key, Instant now) throws CertificateProblem {
    PemIdentity pair = new PemIdentity(crt, key);
    List<X509Certificate> chain = PemCertificates.in(crt);
    PrivateKey secret = PemKey.in(key);
    pair.checkStrength(chain.get(0));
    pair.checkKey(secret, chain);
    pair.checkOrder(chain);
    pair.checkDates(chain, now);
    return new Identity(secret, chain);
  }

  private void checkStrength(X509Certificate certificate) throws CertificateProblem {
    if (certificate.getPublicKey() instanceof RSAPublicKey rsa
        && rsa.getModulus().bitLength() < PemKey.LEAST_RSA_BITS) {
      throw crt.problem(
          "is for an RSA key of "
              + rsa.getModulus().bitLength()
              + " bits; at least "
              + PemKey.LEAST_RSA_BITS
              + " are needed");
    }
  }

  private void checkKey(PrivateKey secret, List<X509Certificate> chain) throws CertificateProblem {
    for (int i = 0; i < chain.size(); i++) {
      if (belong(secret, chain.get(i).getPublicKey())) {
        if (i == 0) {
          return;
        }
        throw crt.problem(
            "is out of order: "
                + key.label()
                + " belongs to its certificate number "
                + (i + 1)
                + " ("
                + CertificateText.subject(chain.get(i))
                + "), which must be the first, followed by its issuer");
      }
    }
    throw key.problem(
        "does not belong to the certificate in "
            + crt.label()
            + " ("
            + kinds(secret, chain.get(0).getPublicKey())
            + ", "
            + CertificateText.subject(chain.get(0))
            + "); name the two that were made together");
  }

  private static String kinds(PrivateKey secret, PublicKey open) {
    String key = family(secret.getAlgorithm());
    String certificate = family(open.getAlgorithm());
    return key.equals(certificate)
        ? "both are " + key + ", of different pairs"
        : "the key is " + key + ", the certificate's is " + certificate;
  }

  /** Signs something with the one and verifies it with the other, which holds for every kind. */
  private static boolean belong(PrivateKey secret, PublicKey open) {
    String kind = family(secret.getAlgorithm());
    if (!kind.equals(family(open.getAlgorithm()))) {
      return false;
    }
    try {
      String algorithm =
          switch (kind) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            default -> kind;
          };
      byte[] probe = new byte[PROBE_BYTES];
      SecureRandom random = new SecureRandom();
      random.nextBytes(probe);
      Signature signature = Signature.getInstance(algorithm);
      signature.initSign(secret, random);
      signature.update(probe);
      byte[] signed = signature.sign();
      signature.initVerify(open);
      signature.update(probe);
      return signature.verify(signed);
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  /** The JDK calls all Edwards keys EdDSA; of these only Ed25519 gets this far as a private key. */
  private static String family(String algorithm) {
    return algorithm.equals("EdDSA") ? "Ed25519" : algorithm;
  }

  private void checkOrder(List<X509Certificate> chain) throws CertificateProblem {
    for (int i = 0; i + 1 < chain.size(); i++) {
      X509Certificate issued = chain.get(i);
      X509Certificate issuer = chain.get(i + 1);
      boolean named = issued.getIssuerX500Principal().equals(issuer.getSubjectX500Principal());
      if (!named || !signed(issued, issuer.getPublicKey())) {
        throw crt.problem(
            "is not a chain: its certificate number "
                + (i + 1)
                + " ("
                + CertificateText.subject(issued)
                + ") is to be issued by "
                + CertificateText.issuer(issued)
                + ", but number "
                + (i + 2)
                + (named
                    ? " has that name and another key"
                    : " is " + CertificateText.subject(issuer))
                + "; each certificate must be followed by its issuer");
      }
    }
  }

  private static boolean signed(X509Certificate issued, PublicKey issuer) {
    try {
      issued.verify(issuer);
      return true;
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  private void checkDates(List<X509Certificate> chain, Instant now) throws CertificateProblem {
    for (X509Certificate certificate : chain) {
      Instant end = certificate.getNotAfter().toInstant();
      Instant start = certificate.getNotBefore().toInstant();
      if (now.isAfter(end)) {
        throw crt.problem(
            "expired: "
                + CertificateText.subject(certificate)
                + " was valid until "
                + CertificateText.date(end)
                + "; renew it");
      }
      if (now.isBefore(start)) {
        throw crt.problem(
            "is not yet valid: "
                + CertificateText.subject(certificate)
                + " is valid from "
                + CertificateText.date(start)
                + "; wait, or set the clock of this machine");
      }
    }
  }
}
