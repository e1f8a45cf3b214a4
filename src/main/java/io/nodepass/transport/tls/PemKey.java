package io.nodepass.transport.tls;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.interfaces.RSAPrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.List;
import java.util.Map;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.sec.ECPrivateKey;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;

/**
 * The private key of a PEM file, which must hold exactly one: PKCS#8, PKCS#1 (RSA) or SEC1 (EC).
 * RSA from 2048 bits, EC on P-256, P-384 and P-521, and Ed25519 are taken. Certificates and
 * parameters in the same file are passed over.
 *
 * <p>No cause is chained to an error and no content quoted: either could hold parts of the key.
 */
final class PemKey {
  static final int LEAST_RSA_BITS = 2048;

  private static final String TAKEN =
      "; RSA of at least 2048 bits, EC on P-256, P-384 or P-521, and Ed25519 keys are taken";

  private static final ASN1ObjectIdentifier ED25519 = new ASN1ObjectIdentifier("1.3.101.112");

  /** What TLS 1.3 knows by these names, each with its curve's object identifier. */
  private static final List<String> CURVES =
      List.of("1.2.840.10045.3.1.7", "1.3.132.0.34", "1.3.132.0.35");

  private static final Map<String, String> OTHER_KINDS =
      Map.of(
          "1.2.840.10040.4.1", "DSA",
          "1.2.840.113549.1.1.10", "RSASSA-PSS",
          "1.3.101.110", "X25519",
          "1.3.101.111", "X448",
          "1.3.101.113", "Ed448",
          "1.3.132.0.10", "secp256k1");

  private final PemFile file;

  private PemKey(PemFile file) {
    this.file = file;
  }

  static PrivateKey in(PemFile file) throws CertificateProblem {
    return new PemKey(file).read();
  }

  private PrivateKey read() throws CertificateProblem {
    List<PemBlock> blocks = file.blocks();
    List<PemBlock> keys = blocks.stream().filter(PemBlock::isPrivateKey).toList();
    if (keys.isEmpty()) {
      throw file.problem(instead(blocks.get(0)));
    }
    if (keys.size() > 1) {
      throw file.problem(
          "holds " + keys.size() + " private keys; keep the one that belongs to crt=");
    }
    PemBlock block = keys.get(0);
    if (block.encrypted() || block.kind().equals("ENCRYPTED PRIVATE KEY")) {
      throw file.problem(
          "is encrypted with a password, which nobody could enter; write it without one with"
              + " openssl pkey -in <old> -out <new>, readable for its user only");
    }
    try {
      return decode(block);
    } catch (IOException | GeneralSecurityException | RuntimeException e) {
      throw file.problem(
          "has a "
              + block.kind()
              + " at line "
              + block.line()
              + " that does not decode; the file is damaged");
    }
  }

  private static String instead(PemBlock first) {
    if (first.isCertificate()) {
      return "holds a certificate and no private key; are crt= and key= mixed up?";
    }
    if (first.kind().equals("PUBLIC KEY")) {
      return "holds a public key and no private key";
    }
    return "holds no private key (its first block is "
        + first.kind()
        + "); it needs PRIVATE KEY, RSA PRIVATE KEY or EC PRIVATE KEY";
  }

  private PrivateKey decode(PemBlock block)
      throws IOException, GeneralSecurityException, CertificateProblem {
    return switch (block.kind()) {
      case "PRIVATE KEY" -> {
        PrivateKeyInfo info = PrivateKeyInfo.getInstance(ASN1Primitive.fromByteArray(block.der()));
        yield key(info.getPrivateKeyAlgorithm(), info.parsePrivateKey());
      }
      case "RSA PRIVATE KEY" ->
          key(
              new AlgorithmIdentifier(PKCSObjectIdentifiers.rsaEncryption, DERNull.INSTANCE),
              ASN1Primitive.fromByteArray(block.der()));
      case "EC PRIVATE KEY" -> {
        ECPrivateKey key = ECPrivateKey.getInstance(ASN1Primitive.fromByteArray(block.der()));
        yield key(
            new AlgorithmIdentifier(X9ObjectIdentifiers.id_ecPublicKey, key.getParametersObject()),
            key);
      }
      case "OPENSSH PRIVATE KEY" ->
          throw file.problem(
              "is a key in OpenSSH's own form; write it as PKCS#8 with ssh-keygen -p -m PKCS8");
      default -> throw file.problem("holds a " + block.kind() + TAKEN);
    };
  }

  /** Written anew as plain PKCS#8, without the attributes that the JDK would not expect. */
  private PrivateKey key(AlgorithmIdentifier algorithm, ASN1Encodable key)
      throws IOException, GeneralSecurityException, CertificateProblem {
    String name = name(algorithm);
    PrivateKey decoded =
        KeyFactory.getInstance(name)
            .generatePrivate(
                new PKCS8EncodedKeySpec(new PrivateKeyInfo(algorithm, key).getEncoded()));
    if (decoded instanceof RSAPrivateKey rsa && rsa.getModulus().bitLength() < LEAST_RSA_BITS) {
      throw file.problem("is an RSA key of " + rsa.getModulus().bitLength() + " bits" + TAKEN);
    }
    return decoded;
  }

  private String name(AlgorithmIdentifier algorithm) throws CertificateProblem {
    ASN1ObjectIdentifier kind = algorithm.getAlgorithm();
    if (kind.equals(PKCSObjectIdentifiers.rsaEncryption)) {
      return "RSA";
    }
    if (kind.equals(ED25519)) {
      return "Ed25519";
    }
    if (!kind.equals(X9ObjectIdentifiers.id_ecPublicKey)) {
      throw file.problem("is a key of the kind " + named(kind) + TAKEN);
    }
    if (!(algorithm.getParameters() instanceof ASN1ObjectIdentifier curve)) {
      throw file.problem("is an EC key that does not name its curve" + TAKEN);
    }
    if (!CURVES.contains(curve.getId())) {
      throw file.problem("is an EC key on the curve " + named(curve) + TAKEN);
    }
    return "EC";
  }

  private static String named(ASN1ObjectIdentifier identifier) {
    return OTHER_KINDS.getOrDefault(identifier.getId(), identifier.getId());
  }
}
