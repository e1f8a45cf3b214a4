package io.nodepass.transport.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nodepass.testkit.Openssl;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FingerprintTest {
  private static final String HEX =
      "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

  @Test
  void aPinIsReadInUpperCaseToo() throws CertificateProblem {
    Fingerprint pin = Fingerprint.parse("sha256:" + HEX);
    assertEquals(pin, Fingerprint.parse("SHA256:" + HEX.toUpperCase(Locale.ROOT)));
    assertEquals("sha256:" + HEX, pin.toString());
  }

  @Test
  void anotherPinIsAnother() throws CertificateProblem {
    assertNotEquals(
        Fingerprint.parse("sha256:" + HEX),
        Fingerprint.parse("sha256:" + HEX.substring(0, 63) + "0"));
  }

  @Test
  void whatOpensslSaysOfACertificateIsItsPin(@TempDir Path directory)
      throws IOException, CertificateProblem {
    Openssl openssl = new Openssl(directory);
    Path crt = openssl.root("nodepass.example").crt();
    String said = openssl.run("x509", "-noout", "-fingerprint", "-sha256", "-in", crt.toString());
    Fingerprint pin = Fingerprint.parse("sha256:" + said.substring(said.indexOf('=') + 1).strip());
    assertEquals(pin, Fingerprint.of(PemCertificates.in(PemFile.read("crt", crt)).get(0)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "sha256:",
        HEX,
        "sha1:" + HEX,
        "sha256:" + HEX + "00",
        "sha256:0011",
        "sha256:" + "zz112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
      })
  void whatIsNoPinIsAnErrorThatQuotesIt(String text) {
    CertificateProblem problem =
        assertThrows(CertificateProblem.class, () -> Fingerprint.parse(text));
    assertTrue(
        problem.getMessage().contains("'" + text + "'")
            && problem.getMessage().contains("64 hexadecimal digits"),
        problem::getMessage);
  }
}
