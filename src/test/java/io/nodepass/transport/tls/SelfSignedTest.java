package io.nodepass.transport.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nodepass.testkit.Openssl;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Security;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SelfSignedTest {
  private static final Instant NOW = Instant.parse("2030-06-01T12:00:00Z");

  @Test
  void itIsForAServerOnP256FromADayAgoToAYearAhead() throws GeneralSecurityException {
    X509Certificate certificate = SelfSigned.make(NOW).certificate();
    certificate.verify(certificate.getPublicKey());
    assertEquals("CN=nodepass", certificate.getSubjectX500Principal().getName());
    assertEquals(
        List.of(List.of(2, "nodepass")), List.copyOf(certificate.getSubjectAlternativeNames()));
    assertEquals(List.of("1.3.6.1.5.5.7.3.1"), certificate.getExtendedKeyUsage());
    assertEquals(-1, certificate.getBasicConstraints());
    assertEquals("SHA256withECDSA", certificate.getSigAlgName());
    assertEquals(
        256, ((ECPublicKey) certificate.getPublicKey()).getParams().getOrder().bitLength());
    assertEquals(NOW.minus(Duration.ofDays(1)), certificate.getNotBefore().toInstant());
    assertEquals(NOW.plus(Duration.ofDays(365)), certificate.getNotAfter().toInstant());
  }

  @Test
  void everyoneHasAKeyAndASerialNumberOfItsOwn() {
    X509Certificate one = SelfSigned.make(NOW).certificate();
    X509Certificate other = SelfSigned.make(NOW).certificate();
    assertNotEquals(one.getPublicKey(), other.getPublicKey());
    assertNotEquals(one.getSerialNumber(), other.getSerialNumber());
    assertEquals(1, one.getSerialNumber().signum());
    assertTrue(one.getSerialNumber().bitLength() <= 159, "at most 20 octets with the sign");
  }

  @Test
  void bouncyCastleIsNotRegisteredAsAProvider() {
    SelfSigned.make(NOW);
    assertNull(Security.getProvider("BC"));
  }

  @Test
  void itIsToBeRenewedAMonthBeforeItsEnd() {
    Identity identity = SelfSigned.make(NOW);
    Instant month = identity.end().minus(Duration.ofDays(30));
    assertFalse(SelfSigned.endsSoon(identity, month));
    assertTrue(SelfSigned.endsSoon(identity, month.plusSeconds(1)));
  }

  @Test
  void opensslReadsIt(@TempDir Path directory) throws IOException, GeneralSecurityException {
    Openssl openssl = new Openssl(directory);
    X509Certificate certificate = SelfSigned.make(Instant.now()).certificate();
    String pem =
        "-----BEGIN CERTIFICATE-----\n"
            + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(certificate.getEncoded())
            + "\n-----END CERTIFICATE-----\n";
    String crt = openssl.written("made.crt", pem).toString();
    assertTrue(
        openssl
            .run("verify", "-CAfile", crt, "-x509_strict", "-partial_chain", crt)
            .contains("OK"));
  }

  @Test
  void itsTextDoesNotHoldItsKey() {
    assertEquals("Identity[CN=nodepass]", SelfSigned.make(NOW).toString());
  }
}
