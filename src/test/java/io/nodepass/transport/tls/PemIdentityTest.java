package io.nodepass.transport.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nodepass.testkit.Openssl;
import io.nodepass.testkit.Openssl.Issued;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is taken as certificate and key of a server, and what each mistake is told as. */
class PemIdentityTest {
  @TempDir static Path directory;

  private static Openssl openssl;
  private static Issued root;
  private static Issued middle;
  private static Issued rsa;
  private static Issued ec;
  private static Issued ed25519;

  @BeforeAll
  static void make() throws IOException {
    openssl = new Openssl(directory);
    root = openssl.root("root");
    middle = openssl.intermediate("middle", root);
    rsa = openssl.server("rsa", middle, Openssl.RSA, "DNS:a.example");
    ec = openssl.server("ec", middle, Openssl.EC, "DNS:a.example");
    ed25519 = openssl.server("ed25519", middle, Openssl.ED25519, "DNS:a.example");
  }

  private static Issued of(String kind) {
    return switch (kind) {
      case Openssl.RSA -> rsa;
      case Openssl.EC -> ec;
      default -> ed25519;
    };
  }

  private static Identity read(Path crt, Path key) throws CertificateProblem {
    return read(crt, key, Instant.now());
  }

  private static Identity read(Path crt, Path key, Instant now) throws CertificateProblem {
    return PemIdentity.of(PemFile.read("crt", crt), PemFile.read("key", key), now);
  }

  /** Fails unless reading fails with a message that has all parts and no secret. */
  private static void refuses(Path crt, Path key, String... parts) {
    refuses(crt, key, Instant.now(), parts);
  }

  private static void refuses(Path crt, Path key, Instant now, String... parts) {
    CertificateProblem problem = assertThrows(CertificateProblem.class, () -> read(crt, key, now));
    String message = problem.getMessage();
    for (String part : parts) {
      assertTrue(message.contains(part), () -> "no '" + part + "' in: " + message);
    }
    assertFalse(message.contains(Openssl.PASSWORD), message);
    for (String line : secretLines(key)) {
      assertFalse(message.contains(line), message);
    }
    assertEquals(null, problem.getCause(), "a cause could tell what the message does not");
  }

  private static List<String> secretLines(Path key) {
    try {
      return Files.readAllLines(key, StandardCharsets.ISO_8859_1).stream()
          .filter(line -> line.length() > 8 && line.indexOf('-') < 0)
          .toList();
    } catch (IOException e) {
      return List.of();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {Openssl.RSA, Openssl.EC, Openssl.ED25519})
  void aKeyInPkcs8IsTaken(String kind) throws CertificateProblem {
    assertEquals(1, read(of(kind).crt(), of(kind).key()).chain().size());
  }

  @ParameterizedTest
  @CsvSource({"RSA, RSA PRIVATE KEY", "EC, EC PRIVATE KEY"})
  void aKeyInTheTraditionalFormIsTaken(String kind, String label)
      throws IOException, CertificateProblem {
    Path key = openssl.traditional(of(kind).key());
    assertTrue(Files.readString(key).contains("BEGIN " + label), "openssl wrote another form");
    assertEquals(1, read(of(kind).crt(), key).chain().size());
  }

  @Test
  void anEcKeyAfterItsParametersIsTaken() throws IOException, CertificateProblem {
    String both = openssl.run("ecparam", "-name", "secp384r1", "-genkey");
    assertTrue(both.contains("EC PARAMETERS"), both);
    Path key = openssl.written("p384.key", both);
    assertEquals(1, read(openssl.selfSigned("p384", key), key).chain().size());
  }

  @ParameterizedTest
  @ValueSource(strings = {Openssl.RSA, Openssl.EC, Openssl.ED25519})
  void aChainUpToTheRootIsTaken(String kind) throws IOException, CertificateProblem {
    Path chain = openssl.joined("chain.crt", of(kind).crt(), middle.crt(), root.crt());
    assertEquals(3, read(chain, of(kind).key()).chain().size());
  }

  @Test
  void certificateAndKeyMayStandInOneFile() throws IOException, CertificateProblem {
    Path both = openssl.joined("both.pem", ec.key(), ec.crt(), middle.crt());
    assertEquals(2, read(both, both).chain().size());
  }

  @Test
  void lineEndsOfWindowsAMarkAndTextAroundTheBlocksArePassedOver()
      throws IOException, CertificateProblem {
    String crt = "\u00ef\u00bb\u00bfsubject=CN: a\n" + Files.readString(ec.crt()) + "the end\n";
    Path windows = openssl.written("windows.crt", crt.replace("\n", "\r\n"));
    Path key = openssl.written("windows.key", Files.readString(ec.key()).replace("\n", "  \r\n"));
    assertEquals(1, read(windows, key).chain().size());
  }

  @Test
  void aMissingFileIsNamed() {
    Path none = directory.resolve("none.pem");
    refuses(none, ec.key(), "crt=" + none, "no such file");
    refuses(ec.crt(), none, "key=" + none, "no such file");
  }

  @Test
  void aDirectoryIsNoFile() {
    refuses(directory, ec.key(), "crt=" + directory, "is a directory");
  }

  @Test
  void whatIsNoRegularFileIsNotWaitedFor() {
    refuses(ec.crt(), Path.of("/dev/null"), "key=/dev/null", "not a regular file");
  }

  @Test
  void aFileThatMayNotBeReadIsToldAsSuch() {
    assertTrue(PemFile.reason(new AccessDeniedException("x")).startsWith("permission denied"));
  }

  @Test
  void aFileThatIsTooLargeIsNotRead() throws IOException {
    Path large = Files.write(directory.resolve("large.pem"), new byte[PemFile.MOST_BYTES + 1]);
    refuses(large, ec.key(), "crt=" + large, "larger than 1048576 bytes");
  }

  @Test
  void anEmptyFileAndOneWithoutPemAreDifferentErrors() throws IOException {
    refuses(openssl.written("empty", ""), ec.key(), "is empty");
    refuses(openssl.written("prose", "Dear administrator,\n"), ec.key(), "no PEM block");
  }

  @Test
  void aBinaryCertificateIsTold() throws IOException {
    Path der = directory.resolve("crt.der");
    openssl.run("x509", "-in", ec.crt().toString(), "-outform", "DER", "-out", der.toString());
    refuses(der, ec.key(), "is binary", "convert it to PEM");
  }

  @Test
  void certificateAndKeyMixedUpAreToldAsSuch() {
    refuses(ec.key(), ec.crt(), "crt=", "holds a private key and no certificate", "mixed up");
    refuses(ec.crt(), ec.crt(), "key=", "holds a certificate and no private key", "mixed up");
  }

  @Test
  void aRequestIsNoCertificate() {
    refuses(directory.resolve("ec.csr"), ec.key(), "certificate request");
  }

  @Test
  void aPublicKeyIsNoPrivateKey() throws IOException {
    String open = openssl.run("pkey", "-in", ec.key().toString(), "-pubout");
    refuses(ec.crt(), openssl.written("open.key", open), "public key and no private key");
  }

  @Test
  void anEncryptedKeyInPkcs8IsToldAsSuch() throws IOException {
    Path out = directory.resolve("encrypted8.key");
    openssl.run(
        "pkcs8",
        "-topk8",
        "-in",
        ec.key().toString(),
        "-out",
        out.toString(),
        "-passout",
        "pass:" + Openssl.PASSWORD);
    refuses(ec.crt(), out, "key=" + out, "encrypted with a password");
  }

  @ParameterizedTest
  @ValueSource(strings = {Openssl.RSA, Openssl.EC})
  void anEncryptedKeyInTheTraditionalFormIsToldAsSuch(String kind) throws IOException {
    Path out = directory.resolve("encrypted1.key");
    openssl.run(
        "pkey",
        "-in",
        of(kind).key().toString(),
        "-traditional",
        "-aes128",
        "-out",
        out.toString(),
        "-passout",
        "pass:" + Openssl.PASSWORD);
    assertTrue(Files.readString(out).contains("Proc-Type"), "openssl wrote another form");
    refuses(of(kind).crt(), out, "encrypted with a password");
  }

  @Test
  void severalKeysAreAnError() throws IOException {
    refuses(ec.crt(), openssl.joined("two.key", ec.key(), rsa.key()), "holds 2 private keys");
  }

  @ParameterizedTest
  @ValueSource(strings = {Openssl.RSA, Openssl.EC, Openssl.ED25519})
  void aKeyThatDoesNotBelongToItsCertificateIsToldAsSuch(String kind) throws IOException {
    Path other = openssl.key("other-" + kind, kind);
    refuses(
        of(kind).crt(),
        other,
        "key=" + other + " does not belong to the certificate in crt=",
        "both are " + kind + ", of different pairs");
  }

  @Test
  void aKeyOfAnotherKindThanTheCertificateIsToldAsSuch() {
    refuses(rsa.crt(), ec.key(), "does not belong", "the key is EC, the certificate's is RSA");
    refuses(ec.crt(), ed25519.key(), "the key is Ed25519, the certificate's is EC");
  }

  @Test
  void anExpiredCertificateIsToldWithItsDate() throws IOException {
    Issued expired = openssl.issue("expired", root, ec.key(), -1, "subjectAltName=DNS:a.example");
    String day = Instant.now().minus(1, ChronoUnit.DAYS).toString().substring(0, 10);
    refuses(expired.crt(), ec.key(), "expired: CN=expired was valid until " + day);
  }

  @Test
  void anExpiredIssuerIsNamed() throws IOException {
    Issued old = openssl.issue("old", root, middle.key(), -1, "basicConstraints=critical,CA:TRUE");
    Issued leaf = openssl.server("under-old", old, Openssl.EC, "DNS:a.example");
    Path chain = openssl.joined("under-old.pem", leaf.crt(), old.crt());
    refuses(chain, leaf.key(), "expired: CN=old");
  }

  @Test
  void aCertificateOfTomorrowIsToldWithItsDate() {
    Instant yesterday = Instant.now().minus(1, ChronoUnit.DAYS);
    String today = Instant.now().toString().substring(0, 10);
    refuses(ec.crt(), ec.key(), yesterday, "not yet valid: CN=ec is valid from " + today);
  }

  @Test
  void aChainThatBeginsWithTheIssuerIsOutOfOrder() throws IOException {
    Path chain = openssl.joined("reversed.crt", middle.crt(), ec.crt());
    refuses(chain, ec.key(), "out of order", "number 2 (CN=ec)", "must be the first");
  }

  @Test
  void aChainWithAStrangerIsBroken() throws IOException {
    Path chain = openssl.joined("broken.crt", ec.crt(), root.crt());
    refuses(chain, ec.key(), "not a chain", "issued by CN=middle, but number 2 is CN=root");
  }

  @Test
  void anIssuerOfTheRightNameAndAnotherKeyBreaksTheChain() throws IOException {
    Openssl elsewhere = new Openssl(Files.createDirectory(directory.resolve("elsewhere")));
    Path chain = openssl.joined("twin.crt", ec.crt(), elsewhere.root("middle").crt());
    refuses(chain, ec.key(), "not a chain", "has that name and another key");
  }

  @ParameterizedTest
  @CsvSource({
    "EC, ec_paramgen_curve:secp256k1, curve secp256k1",
    "EC, ec_paramgen_curve:brainpoolP256r1, curve 1.3.36.3.3.2.8.1.1.7",
    "RSA-PSS, rsa_keygen_bits:2048, kind RSASSA-PSS",
    "RSA, rsa_keygen_bits:1024, RSA key of 1024 bits",
  })
  void aKeyThatIsNotSupportedIsNamedWithWhatIs(String algorithm, String option, String named)
      throws IOException {
    Path key = openssl.key("unsupported", algorithm, option);
    refuses(ec.crt(), key, named, "RSA of at least 2048 bits", "Ed25519");
  }

  @Test
  void aKeyOnEd448IsNotSupported() throws IOException {
    refuses(ec.crt(), openssl.key("ed448", "Ed448"), "kind Ed448");
  }

  @Test
  void aCertificateForAShortRsaKeyIsRefused() throws IOException {
    Path key = openssl.key("short", "RSA", "rsa_keygen_bits:1024");
    refuses(openssl.selfSigned("short", key), rsa.key(), "RSA key of 1024 bits", "2048");
  }

  @Test
  void aCertificateOnACurveThatTheJvmDoesNotKnowIsAnErrorThatNamesTheFile() throws IOException {
    Path key = openssl.key("koblitz", "EC", "ec_paramgen_curve:secp256k1");
    Path crt = openssl.selfSigned("koblitz", key);
    refuses(crt, key, "=" + directory, "koblitz");
  }

  @Test
  void garbageInsteadOfBase64IsToldWithItsLineAndNothingOfIt() throws IOException {
    String text = Files.readString(ec.key());
    int middleOfIt = text.indexOf('\n') + 20;
    String broken = text.substring(0, middleOfIt) + "!" + text.substring(middleOfIt + 1);
    refuses(ec.crt(), openssl.written("garbage.key", "# a comment\n" + broken), "line 2", "base64");
  }

  @Test
  void base64OfSomethingElseIsDamaged() throws IOException {
    String block = "-----BEGIN %-----\nc29tZXRoaW5nIGVsc2U=\n-----END %-----\n";
    refuses(
        ec.crt(),
        openssl.written("else.key", block.replace("%", "PRIVATE KEY")),
        "PRIVATE KEY at line 1",
        "does not decode");
    refuses(
        openssl.written("else.crt", block.replace("%", "CERTIFICATE")),
        ec.key(),
        "certificate at line 1",
        "cannot read");
  }

  @Test
  void aFileThatIsCutOffIsToldAsSuch() throws IOException {
    String text = Files.readString(ec.key());
    refuses(
        ec.crt(),
        openssl.written("cut.key", text.substring(0, text.length() - 40)),
        "line 1",
        "cut off or damaged");
  }

  @Test
  void everyPrefixOfAKeyFileIsRefusedOrIsTheWholeKey() throws IOException {
    String text = Files.readString(ec.key()).stripTrailing();
    for (int length = 0; length < text.length(); length++) {
      refuses(ec.crt(), openssl.written("prefix.key", text.substring(0, length)), "key=");
    }
  }

  @Test
  void anOpensshKeyIsToldHowToBecomeAnother() throws IOException {
    String block = "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n";
    refuses(ec.crt(), openssl.written("ssh.key", block), "OpenSSH", "PKCS8");
  }
}
