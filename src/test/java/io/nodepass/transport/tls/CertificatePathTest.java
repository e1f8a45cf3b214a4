package io.nodepass.transport.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** No text of a user's is more than a problem of the configuration. */
class CertificatePathTest {
  @Test
  void whatCanBeAPathIsOne() throws CertificateProblem {
    assertEquals(
        Path.of("/etc/nodepass/crt.pem"), CertificatePath.of("crt", "/etc/nodepass/crt.pem"));
  }

  /** A null character is what no system takes; what else it does not take depends on the locale. */
  @ParameterizedTest
  @CsvSource({"x, is not the path of a file: ", "ü, LC_ALL=C.UTF-8"})
  void whatCannotBeOneIsAProblemThatNamesTheParameterAndTheText(String name, String cure) {
    CertificateProblem problem =
        assertThrows(CertificateProblem.class, () -> CertificatePath.of("ca", name + "\0.pem"));
    assertTrue(problem.getMessage().startsWith("ca=" + name + "?.pem "), problem::getMessage);
    assertTrue(problem.getMessage().contains(cure), problem::getMessage);
  }
}
