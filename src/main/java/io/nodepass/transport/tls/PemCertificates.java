package io.nodepass.transport.tls;

import java.io.ByteArrayInputStream;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;

/** The certificates of a PEM file, in its order. Other blocks, such as the key, are passed over. */
final class PemCertificates {
  private PemCertificates() {}

  /** At least one certificate. */
  static List<X509Certificate> in(PemFile file) throws CertificateProblem {
    List<X509Certificate> certificates = new ArrayList<>();
    List<PemBlock> blocks = file.blocks();
    for (PemBlock block : blocks) {
      if (block.isCertificate()) {
        certificates.add(decode(file, block));
      }
    }
    if (certificates.isEmpty()) {
      throw file.problem(instead(blocks.get(0)));
    }
    return certificates;
  }

  private static String instead(PemBlock first) {
    if (first.isPrivateKey()) {
      return "holds a private key and no certificate; are crt= and key= mixed up?";
    }
    if (first.kind().equals("TRUSTED CERTIFICATE")) {
      return "holds a TRUSTED CERTIFICATE, which is openssl's own form; write it as CERTIFICATE"
          + " with openssl x509 -in <old> -out <new>";
    }
    if (first.kind().endsWith("CERTIFICATE REQUEST")) {
      return "holds a certificate request and no certificate; use what the authority made of it";
    }
    return "holds no certificate (its first block is " + first.kind() + "); it needs CERTIFICATE";
  }

  private static X509Certificate decode(PemFile file, PemBlock block) throws CertificateProblem {
    try {
      return (X509Certificate)
          CertificateFactory.getInstance("X.509")
              .generateCertificate(new ByteArrayInputStream(block.der()));
    } catch (CertificateException e) {
      throw file.problem(
          "has a certificate at line "
              + block.line()
              + " that this JVM cannot read (damaged, or of an unknown kind of key): "
              + CertificateText.plain(String.valueOf(e.getMessage())));
    }
  }
}
