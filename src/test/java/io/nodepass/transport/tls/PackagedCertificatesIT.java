package io.nodepass.transport.tls;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nodepass.testkit.NodePassProcess;
import io.nodepass.testkit.Openssl;
import io.nodepass.testkit.Ports;
import io.nodepass.testkit.Stage;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import javax.net.ssl.SSLEngine;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The jar as it is shipped, with nothing else on the class path: what is left of Bouncy Castle in
 * it is enough for every way to a certificate and for the shared key, and is not touched where
 * there is no TLS.
 */
@Timeout(60)
class PackagedCertificatesIT {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final String LIBRARY = "bouncycastle";

  @TempDir Path directory;

  @RegisterExtension final Stage stage = new Stage();

  private static Path jar() {
    return Path.of(System.getProperty("nodepass.jar"));
  }

  /** The packaged classes and the JDK's, and none of those that the tests run with. */
  private static URLClassLoader packaged() throws IOException {
    return new URLClassLoader(
        new URL[] {jar().toUri().toURL()}, ClassLoader.getPlatformClassLoader());
  }

  private static Object log(ClassLoader loader) throws ClassNotFoundException {
    Class<?> log = loader.loadClass("io.nodepass.telemetry.Log");
    return Proxy.newProxyInstance(loader, new Class<?>[] {log}, (proxy, method, args) -> null);
  }

  /** Shakes hands with a server that has these certificates and returns what it showed. */
  private static X509Certificate shown(ClassLoader loader, Object certificates)
      throws ReflectiveOperationException, IOException {
    Object current = certificates.getClass().getMethod("current").invoke(certificates);
    SSLEngine server = (SSLEngine) current.getClass().getMethod("engine").invoke(current);
    SSLEngine client = TrustChoice.unverified(Optional.empty()).engine("localhost", 10101);
    assertFalse(certificates instanceof ServerCertificates, "not the packaged class: " + loader);
    new MemoryTls(client, server).handshake();
    return (X509Certificate) client.getSession().getPeerCertificates()[0];
  }

  private static Object fromFiles(ClassLoader loader, Path crt, Path key)
      throws ReflectiveOperationException {
    return loader
        .loadClass("io.nodepass.transport.tls.ServerCertificates")
        .getMethod(
            "fromFiles",
            Path.class,
            Path.class,
            InstantSource.class,
            loader.loadClass("io.nodepass.telemetry.Log"))
        .invoke(null, crt, key, InstantSource.system(), log(loader));
  }

  @Test
  void itMakesTheCertificateOfModeOne() throws Exception {
    try (URLClassLoader loader = packaged()) {
      Object certificates =
          loader
              .loadClass("io.nodepass.transport.tls.ServerCertificates")
              .getMethod(
                  "selfSigned", InstantSource.class, loader.loadClass("io.nodepass.telemetry.Log"))
              .invoke(null, InstantSource.system(), log(loader));
      X509Certificate shown = shown(loader, certificates);
      assertEquals("CN=nodepass", shown.getSubjectX500Principal().getName());
    }
  }

  @ParameterizedTest
  @CsvSource({"RSA, false", "RSA, true", "EC, false", "EC, true", "Ed25519, false"})
  void itReadsKeysOfEveryKind(String kind, boolean traditional) throws Exception {
    Openssl openssl = new Openssl(directory);
    Path key = openssl.key("kind", kind);
    Path crt = openssl.selfSigned("kind", key);
    Path given = traditional ? openssl.traditional(key) : key;
    try (URLClassLoader loader = packaged()) {
      X509Certificate shown = shown(loader, fromFiles(loader, crt, given));
      assertEquals("CN=kind", shown.getSubjectX500Principal().getName());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "EC, ec_paramgen_curve:secp256k1, curve secp256k1",
    "RSA-PSS, rsa_keygen_bits:2048, kind RSASSA-PSS",
    "RSA, rsa_keygen_bits:1024, RSA key of 1024 bits",
    "EC, ec_param_enc:explicit, does not name its curve",
  })
  void itNamesWhatIsWrongWithAKey(String algorithm, String option, String named) throws Exception {
    Openssl openssl = new Openssl(directory);
    Path crt = openssl.root("root").crt();
    Path key =
        option.startsWith("ec_param_enc")
            ? openssl.key("wrong", algorithm, "ec_paramgen_curve:P-256", option)
            : openssl.key("wrong", algorithm, option);
    try (URLClassLoader loader = packaged()) {
      InvocationTargetException error =
          assertThrows(InvocationTargetException.class, () -> fromFiles(loader, crt, key));
      String text = error.getCause().toString();
      assertTrue(text.contains("CertificateProblem") && text.contains(named), text);
    }
  }

  @Test
  void itStretchesTheKeyThatBothEndsShare() throws Exception {
    try (URLClassLoader loader = packaged()) {
      Class<?> stretching = loader.loadClass("io.nodepass.transport.tls.KeyStretching");
      assertFalse(stretching.equals(KeyStretching.class), "not the packaged class");
      byte[] stretched =
          (byte[]) stretching.getMethod("stretch", String.class).invoke(null, "hunter2");
      assertArrayEquals(KeyStretching.stretch("hunter2"), stretched);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"--help", "--version", "keygen"})
  void whatNeedsNoTlsLoadsNothingOfTheLibrary(String argument) {
    NodePassProcess process =
        stage.add(NodePassProcess.launch().jvm("-verbose:class").start("nodepass", argument));
    assertEquals(0, process.awaitExit(SOON), process::tail);
    assertTrue(process.linesWith("io.nodepass.Main") > 0, process::tail);
    assertEquals(0, process.linesWith(LIBRARY));
  }

  @Test
  void aServerWithoutTlsLoadsNothingThatDoesTls() {
    String url = "server://127.0.0.1:" + Ports.free() + "/127.0.0.1:" + Ports.free() + "?tls=0";
    NodePassProcess process =
        stage.add(NodePassProcess.launch().jvm("-verbose:class").start("nodepass", url));
    process.awaitLine("server ready: ", SOON);
    process.signal("TERM");
    assertEquals(0, process.awaitExit(SOON), process::tail);
    assertTrue(process.linesWith("io.nodepass.Main") > 0, process::tail);
    assertEquals(0, process.linesWith(LIBRARY));
    assertEquals(0, process.linesWith("sun.security.ssl."), "what the JDK does TLS with");
  }
}
