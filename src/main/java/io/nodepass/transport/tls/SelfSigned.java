package io.nodepass.transport.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509v3CertificateBuilder;

/**
 * The certificate of mode 1: made at start, on a new EC P-256 key, valid from a day ago (clocks
 * differ) to a year ahead. It says nothing about who the server is; its use is that the line is
 * encrypted, and that its {@link Fingerprint} can be pinned.
 *
 * <p>Bouncy Castle builds the certificate; keys, randomness and the signature are the JDK's.
 */
final class SelfSigned {
  static final Duration LIFE = Duration.ofDays(365);

  /** How long before its end a certificate is replaced. */
  static final Duration RENEWAL = Duration.ofDays(30);

  private static final String NAME = "nodepass";
  private static final Duration BACK = Duration.ofDays(1);

  /** RFC 5280, 4.1.2.2: positive, at most 20 octets. */
  private static final int SERIAL_BITS = 128;

  private SelfSigned() {}

  /** A new key and its certificate. Takes some milliseconds, so not on an event loop. */
  static Identity make(Instant now) {
    try {
      SecureRandom random = new SecureRandom();
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"), random);
      KeyPair keys = generator.generateKeyPair();
      X500Name name = new X500Name("CN=" + NAME);
      X509v3CertificateBuilder builder =
          new X509v3CertificateBuilder(
              name,
              new BigInteger(SERIAL_BITS, random).setBit(SERIAL_BITS),
              Date.from(now.minus(BACK)),
              Date.from(now.plus(LIFE)),
              name,
              SubjectPublicKeyInfo.getInstance(keys.getPublic().getEncoded()));
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(false));
      builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
      builder.addExtension(
          Extension.extendedKeyUsage, false, new ExtendedKeyUsage(KeyPurposeId.id_kp_serverAuth));
      builder.addExtension(
          Extension.subjectAlternativeName,
          false,
          new GeneralNames(new GeneralName(GeneralName.dNSName, NAME)));
      byte[] encoded = builder.build(new EcdsaSigner(keys.getPrivate())).getEncoded();
      X509Certificate certificate =
          (X509Certificate)
              CertificateFactory.getInstance("X.509")
                  .generateCertificate(new ByteArrayInputStream(encoded));
      return new Identity(keys.getPrivate(), List.of(certificate));
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("this JVM cannot make an EC P-256 certificate", e);
    }
  }

  /** Whether it is time for a new one. */
  static boolean endsSoon(Identity identity, Instant now) {
    return now.plus(RENEWAL).isAfter(identity.end());
  }
}
