package io.nodepass.transport.tls;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nodepass.testkit.Openssl;
import io.nodepass.testkit.Openssl.Issued;
import io.nodepass.transport.tls.TrustFailure.Check;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whom a client accepts, by real handshakes in memory with certificates that openssl made. */
class TrustChoiceTest {
  private static final String NAMES = "DNS:a.example,DNS:*.b.example,IP:127.0.0.1,IP:2001:db8::1";

  @TempDir static Path directory;

  private static Openssl openssl;
  private static Issued root;
  private static Issued middle;

  @BeforeAll
  static void make() throws IOException {
    openssl = new Openssl(directory);
    root = openssl.root("root");
    middle = openssl.intermediate("middle", root);
  }

  private static ServerTls server(Path crt, Path key) throws CertificateProblem {
    return ServerTls.of(
        PemIdentity.of(PemFile.read("crt", crt), PemFile.read("key", key), Instant.now()));
  }

  /** A server that shows its certificate with the intermediate. */
  private static ServerTls server(String kind) throws IOException, CertificateProblem {
    Issued leaf = openssl.server("leaf", middle, kind, NAMES);
    return server(openssl.joined("leaf.chain", leaf.crt(), middle.crt()), leaf.key());
  }

  /** A server whose files would be refused at its start, as a stranger's may be. */
  private static ServerTls careless(Issued leaf, Path... issuers)
      throws IOException, CertificateProblem {
    Path[] parts = new Path[issuers.length + 1];
    parts[0] = leaf.crt();
    System.arraycopy(issuers, 0, parts, 1, issuers.length);
    Path crt = openssl.joined("careless.crt", parts);
    return ServerTls.of(
        new Identity(
            PemKey.in(PemFile.read("key", leaf.key())),
            PemCertificates.in(PemFile.read("crt", crt))));
  }

  private static TrustChoice trusting(Path ca) throws CertificateProblem {
    return TrustChoice.verified(Optional.of(ca), Optional.empty());
  }

  private static MemoryTls shake(TrustChoice choice, String host, ServerTls server)
      throws SSLException {
    return new MemoryTls(choice.engine(host, 10101), server.engine()).handshake();
  }

  private static void refuses(
      TrustChoice choice, String host, ServerTls server, Check check, String... parts) {
    SSLException error = assertThrows(SSLException.class, () -> shake(choice, host, server));
    TrustFailure failure = TrustFailure.in(error);
    assertNotNull(failure, () -> "no failure of ours in " + error);
    assertEquals(check, failure.check(), failure::getMessage);
    assertTrue(
        failure.getMessage().startsWith("the certificate of " + host + " failed the "),
        failure::getMessage);
    for (String part : parts) {
      assertTrue(
          failure.getMessage().contains(part),
          () -> "no '" + part + "' in: " + failure.getMessage());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {Openssl.RSA, Openssl.EC, Openssl.ED25519})
  void modeTwoAcceptsAServerWhoseChainLeadsToTheFile(String kind) throws Exception {
    MemoryTls pair = shake(trusting(root.crt()), "a.example", server(kind));
    assertEquals("TLSv1.3", pair.client().getSession().getProtocol());
    assertEquals("hello", pair.said("hello"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"a.example", "a.example.", "A.Example", "x.b.example", "127.0.0.1", "2001:db8::1"})
  void everyNameOfTheCertificateIsAccepted(String host) throws Exception {
    assertEquals("x", shake(trusting(root.crt()), host, server(Openssl.EC)).said("x"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"c.example", "b.example", "x.y.b.example", "127.0.0.2", "localhost"})
  void anotherHostIsRefusedWithTheNamesThatTheCertificateHas(String host) throws Exception {
    refuses(
        trusting(root.crt()),
        host,
        server(Openssl.EC),
        Check.HOST,
        "host name check",
        "it is for a.example, *.b.example, 127.0.0.1, 2001:db8:0:0:0:0:0:1;");
  }

  @Test
  void aCertificateWithoutHostNamesIsToldAsSuch() throws Exception {
    ServerTls server = server(root.crt(), root.key());
    refuses(trusting(root.crt()), "a.example", server, Check.HOST, "CN=root, without a host name");
  }

  /** The JDK by itself would be content with it. */
  @Test
  void aCommonNameIsNoHostName() throws Exception {
    ServerTls server = server(root.crt(), root.key());
    refuses(trusting(root.crt()), "root", server, Check.HOST, "without a host name");
  }

  @Test
  void theSystemTrustsNotOurRoot() throws Exception {
    TrustChoice system = TrustChoice.verified(Optional.empty(), Optional.empty());
    refuses(system, "a.example", server(Openssl.EC), Check.ISSUER, "leads to CN=root", "ca=");
  }

  @Test
  void anIntermediateThatTheServerDoesNotSendIsNamed() throws Exception {
    Issued leaf = openssl.server("alone", middle, Openssl.EC, NAMES);
    ServerTls server = server(leaf.crt(), leaf.key());
    refuses(
        trusting(root.crt()),
        "a.example",
        server,
        Check.ISSUER,
        "leads to CN=middle",
        "add missing certificates to the server's crt=");
  }

  @Test
  void theSelfSignedCertificateOfModeOneIsRefusedInModeTwo() throws Exception {
    ServerTls server = ServerTls.of(SelfSigned.make(Instant.now()));
    refuses(
        trusting(root.crt()),
        "nodepass",
        server,
        Check.ISSUER,
        "self-signed (CN=nodepass)",
        "by ca=");
  }

  @Test
  void aSelfSignedCertificateIsAcceptedWhenTheFileHasIt() throws Exception {
    Issued self =
        openssl.issue("self", root, openssl.key("self", Openssl.EC), 30, "subjectAltName=" + NAMES);
    assertEquals(
        "x", shake(trusting(self.crt()), "a.example", server(self.crt(), self.key())).said("x"));
  }

  @Test
  void anExpiredCertificateIsRefusedEvenIfItIsItselfTrusted() throws Exception {
    Issued leaf =
        openssl.issue("late", root, openssl.key("late", Openssl.EC), -1, "subjectAltName=" + NAMES);
    ServerTls server = careless(leaf);
    for (Path ca : List.of(root.crt(), leaf.crt())) {
      refuses(trusting(ca), "a.example", server, Check.DATE, "CN=late expired at 20");
    }
  }

  @Test
  void anExpiredIntermediateIsNamed() throws Exception {
    Issued old = openssl.issue("old", root, middle.key(), -1, "basicConstraints=critical,CA:TRUE");
    Issued leaf = openssl.server("under-old", old, Openssl.EC, NAMES);
    refuses(
        trusting(root.crt()),
        "a.example",
        careless(leaf, old.crt()),
        Check.DATE,
        "CN=old expired at 20");
  }

  @Test
  void aCertificateOfTomorrowIsRefused() throws Exception {
    Instant yesterday = Instant.now().minus(Duration.ofDays(1));
    TrustChoice choice =
        TrustChoice.verified(Optional.of(root.crt()), Optional.empty(), () -> yesterday);
    refuses(choice, "a.example", server(Openssl.EC), Check.DATE, "CN=leaf is not valid before 20");
  }

  @Test
  void aCertificateForClientsIsRefused() throws Exception {
    Issued leaf =
        openssl.issue(
            "purpose",
            root,
            openssl.key("purpose", Openssl.EC),
            30,
            "subjectAltName=" + NAMES,
            "extendedKeyUsage=clientAuth");
    refuses(
        trusting(root.crt()), "a.example", server(leaf.crt(), leaf.key()), Check.CHAIN, "usage");
  }

  @Test
  void modeOneAcceptsAnyCertificateEvenAnExpiredOneAndSendsNoServerName() throws Exception {
    Identity old = SelfSigned.make(Instant.parse("2001-01-01T00:00:00Z"));
    SSLEngine server = ServerTls.of(old).engine();
    TrustChoice choice = TrustChoice.unverified(Optional.empty());
    MemoryTls pair = new MemoryTls(choice.engine("a.example", 10101), server).handshake();
    assertEquals("x", pair.said("x"));
    assertEquals(List.of(), ((ExtendedSSLSession) server.getSession()).getRequestedServerNames());
  }

  @Test
  void modeTwoSendsTheServerName() throws Exception {
    SSLEngine server = server(Openssl.EC).engine();
    new MemoryTls(trusting(root.crt()).engine("a.example", 10101), server).handshake();
    List<String> names =
        ((ExtendedSSLSession) server.getSession())
            .getRequestedServerNames().stream().map(Object::toString).toList();
    assertEquals(1, names.size());
    assertTrue(names.get(0).contains("a.example"), names::toString);
  }

  @Test
  void aPinAcceptsItsCertificateInBothModes() throws Exception {
    ServerTls server = server(Openssl.EC);
    Optional<Fingerprint> pin = Optional.of(server.fingerprint());
    assertEquals("x", shake(TrustChoice.unverified(pin), "c.example", server).said("x"));
    TrustChoice verified = TrustChoice.verified(Optional.of(root.crt()), pin);
    assertEquals("x", shake(verified, "a.example", server).said("x"));
    refuses(verified, "c.example", server, Check.HOST);
  }

  @Test
  void anotherCertificateThanThePinnedIsRefusedWithBothFingerprints() throws Exception {
    ServerTls server = server(Openssl.EC);
    Fingerprint pin = server(Openssl.ED25519).fingerprint();
    for (TrustChoice choice :
        List.of(
            TrustChoice.unverified(Optional.of(pin)),
            TrustChoice.verified(Optional.of(root.crt()), Optional.of(pin)))) {
      refuses(
          choice,
          "a.example",
          server,
          Check.PIN,
          "it is " + server.fingerprint(),
          "the pinned one is " + pin);
    }
  }

  @Test
  void anEngineThatWasMadePastTheChoiceIsRefusedInModeTwo() throws Exception {
    SSLEngine bare = trusting(root.crt()).context().createSSLEngine("a.example", 1);
    bare.setUseClientMode(true);
    ServerTls server = server(Openssl.EC);
    SSLException error =
        assertThrows(SSLException.class, () -> new MemoryTls(bare, server.engine()).handshake());
    assertEquals(Check.HOST, TrustFailure.in(error).check());
  }

  @Test
  void neitherSideSpeaksAnOlderProtocol() throws Exception {
    String[] only = {"TLSv1.3"};
    assertArrayEquals(only, server(Openssl.EC).engine().getEnabledProtocols());
    TrustChoice choice = TrustChoice.unverified(Optional.empty());
    assertArrayEquals(only, choice.engine("a.example", 1).getEnabledProtocols());
  }

  @ParameterizedTest
  @CsvSource({"none.pem, no such file", "root.key, holds a private key and no certificate"})
  void aFileWithoutIssuersIsAnErrorThatNamesIt(String name, String what) {
    Path ca = directory.resolve(name);
    CertificateProblem problem = assertThrows(CertificateProblem.class, () -> trusting(ca));
    assertTrue(
        problem.getMessage().startsWith("ca=" + ca) && problem.getMessage().contains(what),
        problem::getMessage);
  }

  @Test
  void aFailureIsFoundAmongItsCausesAndNotWhereItIsNot() {
    TrustFailure failure = new TrustFailure(Check.PIN, "a.example", "so");
    assertEquals(failure, TrustFailure.in(new IOException(new SSLException(failure))));
    assertEquals(null, TrustFailure.in(new IOException("something else")));
  }
}
