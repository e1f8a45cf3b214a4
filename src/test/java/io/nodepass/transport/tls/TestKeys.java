package io.nodepass.transport.tls;

import io.nodepass.testkit.Believer;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.util.Base64;
import java.util.Comparator;
import java.util.stream.Stream;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;

/** A self-signed EC P-256 key pair that the JDK's keytool has made, once for all tests. */
final class TestKeys {
  private static final char[] PASSWORD = "changeit".toCharArray();
  private static final String NAME = "localhost";
  private static final KeyStore STORE = make();

  private TestKeys() {}

  /** A context of a server that shows this certificate, with no tickets given out yet. */
  static SSLContext server() throws GeneralSecurityException {
    KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(STORE, PASSWORD);
    return context(keys.getKeyManagers(), null);
  }

  /** A context of a client that believes everything. */
  static SSLContext client() throws GeneralSecurityException {
    return client(new Believer());
  }

  static SSLContext client(Believer believer) throws GeneralSecurityException {
    return context(null, new TrustManager[] {believer});
  }

  private static SSLContext context(KeyManager[] keys, TrustManager[] trust)
      throws GeneralSecurityException {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys, trust, null);
    return context;
  }

  /** Certificate and key, in one PEM file, for programs that are not ours. */
  static Path pem(Path directory) throws IOException, GeneralSecurityException {
    PrivateKey key = (PrivateKey) STORE.getKey(NAME, PASSWORD);
    String text =
        armoured("CERTIFICATE", STORE.getCertificate(NAME).getEncoded())
            + armoured("PRIVATE KEY", key.getEncoded());
    return Files.writeString(directory.resolve("test.pem"), text);
  }

  private static String armoured(String what, byte[] bytes) {
    String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes);
    return "-----BEGIN " + what + "-----\n" + body + "\n-----END " + what + "-----\n";
  }

  private static KeyStore make() {
    try {
      Path directory = Files.createTempDirectory("nodepass-keys");
      try {
        return make(directory.resolve("keys.p12"));
      } finally {
        try (Stream<Path> files = Files.walk(directory)) {
          for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
            Files.delete(file);
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (GeneralSecurityException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private static KeyStore make(Path file)
      throws IOException, GeneralSecurityException, InterruptedException {
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                NAME,
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-sigalg",
                "SHA256withECDSA",
                "-dname",
                "CN=" + NAME,
                "-ext",
                "san=dns:" + NAME,
                "-validity",
                "30",
                "-storetype",
                "PKCS12",
                "-storepass",
                new String(PASSWORD),
                "-keystore",
                file.toString())
            .redirectErrorStream(true)
            .start();
    String output = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (keytool.waitFor() != 0) {
      throw new AssertionError("keytool failed: " + output);
    }
    KeyStore store = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(file)) {
      store.load(in, PASSWORD);
    }
    return store;
  }
}
