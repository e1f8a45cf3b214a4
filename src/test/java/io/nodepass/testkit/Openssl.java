package io.nodepass.testkit;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Keys and certificates as users have them: made by openssl, which must be installed. */
public final class Openssl {
  public static final String EC = "EC";
  public static final String RSA = "RSA";
  public static final String ED25519 = "Ed25519";

  /** The password of encrypted keys; no message may hold it. */
  public static final String PASSWORD = "open-sesame";

  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final Path directory;

  public Openssl(Path directory) {
    this.directory = directory;
  }

  /** A certificate and its key, in a file each. */
  public record Issued(Path crt, Path key) {
    /** Both in a key store, for programs of Java; its password is {@link #PASSWORD}. */
    KeyStore store() throws IOException, GeneralSecurityException {
      Path store = Files.createTempFile("issued", ".p12");
      try {
        execute(
            "pkcs12",
            "-export",
            "-in",
            crt.toString(),
            "-inkey",
            key.toString(),
            "-out",
            store.toString(),
            "-passout",
            "pass:" + PASSWORD);
        return KeyStore.getInstance(store.toFile(), PASSWORD.toCharArray());
      } finally {
        Files.delete(store);
      }
    }

    /** What clients pin. */
    public String pin() throws IOException {
      String said = execute("x509", "-noout", "-fingerprint", "-sha256", "-in", crt.toString());
      return "sha256:"
          + said.substring(said.indexOf('=') + 1).strip().replace(":", "").toLowerCase(Locale.ROOT);
    }
  }

  /** Runs it; it must succeed. */
  public String run(String... arguments) throws IOException {
    return execute(arguments);
  }

  private static String execute(String... arguments) throws IOException {
    RealProgram.Result result = RealProgram.run(LIMIT, "openssl", "openssl", arguments);
    if (result.exit() != 0) {
      throw new AssertionError("openssl " + List.of(arguments) + " failed: " + result.err());
    }
    return result.out();
  }

  public Path file(String name) {
    return directory.resolve(name);
  }

  /** A key in PKCS#8. */
  public Path key(String name, String kind) throws IOException {
    Path key = file(name + ".key");
    List<String> command = new ArrayList<>(List.of("genpkey", "-out", key.toString()));
    command.addAll(
        switch (kind) {
          case RSA -> List.of("-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048");
          case EC -> List.of("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256");
          default -> List.of("-algorithm", kind);
        });
    run(command.toArray(String[]::new));
    return key;
  }

  public Path key(String name, String algorithm, String... options) throws IOException {
    Path key = file(name + ".key");
    List<String> command =
        new ArrayList<>(List.of("genpkey", "-algorithm", algorithm, "-out", key.toString()));
    for (String option : options) {
      command.addAll(List.of("-pkeyopt", option));
    }
    run(command.toArray(String[]::new));
    return key;
  }

  /** The same key as PKCS#1 or SEC1. */
  public Path traditional(Path key) throws IOException {
    Path out = file(key.getFileName() + ".traditional");
    run("pkey", "-in", key.toString(), "-traditional", "-out", out.toString());
    return out;
  }

  /** A certificate signed by its own key, that may issue others; without alternative names. */
  public Issued root(String name) throws IOException {
    Path key = key(name, EC);
    return new Issued(selfSigned(name, key), key);
  }

  public Path selfSigned(String name, Path key) throws IOException {
    Path crt = file(name + ".crt");
    run(
        "req",
        "-x509",
        "-new",
        "-key",
        key.toString(),
        "-out",
        crt.toString(),
        "-days",
        "30",
        "-subj",
        "/CN=" + name);
    return crt;
  }

  /** A certificate for servers. */
  public Issued server(String name, Issued by, String kind, String names) throws IOException {
    return issue(name, by, key(name, kind), 30, "subjectAltName=" + names);
  }

  public Issued intermediate(String name, Issued by) throws IOException {
    return issue(name, by, key(name, EC), 30, "basicConstraints=critical,CA:TRUE");
  }

  /** Negative days make one that has expired. */
  public Issued issue(String name, Issued by, Path key, int days, String... extensions)
      throws IOException {
    Path request = file(name + ".csr");
    Path crt = file(name + ".crt");
    Path extensionFile = file(name + ".ext");
    Files.write(extensionFile, List.of(extensions));
    run("req", "-new", "-key", key.toString(), "-out", request.toString(), "-subj", "/CN=" + name);
    run(
        "x509",
        "-req",
        "-in",
        request.toString(),
        "-CA",
        by.crt().toString(),
        "-CAkey",
        by.key().toString(),
        "-CAcreateserial",
        "-days",
        Integer.toString(days),
        "-extfile",
        extensionFile.toString(),
        "-out",
        crt.toString());
    return new Issued(crt, key);
  }

  /** Several files in one. */
  public Path joined(String name, Path... parts) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (Path part : parts) {
      out.write(Files.readAllBytes(part));
    }
    return written(name, out.toString(StandardCharsets.ISO_8859_1));
  }

  public Path written(String name, String content) throws IOException {
    return Files.writeString(file(name), content, StandardCharsets.ISO_8859_1);
  }
}
