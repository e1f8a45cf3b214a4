package io.nodepass.tunnel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.nodepass.config.ConfigException;
import io.nodepass.config.TunnelUrl;
import io.nodepass.relay.RelayLimits;
import io.nodepass.transport.tls.CertificateProblem;
import io.nodepass.transport.tls.KeyStretching;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What becomes of the key that a tunnel is given, and what is said of it. */
class SharedKeyTest {
  private static final String SECRET = "hunter2";

  /** As {@code nodepass keygen} makes them. */
  private static final String GOOD = "vX0m3fJq-3oBq6cG8r1hQy7sWn2kZt4uLd9pEa5iYbM";

  @TempDir Path directory;

  private final KeptLog log = new KeptLog();

  private byte[] of(String url, Map<String, String> env)
      throws ConfigException, CertificateProblem {
    TunnelContext context =
        new TunnelContext(
            TunnelUrl.parse(url, env, log::warn),
            null,
            null,
            null,
            null,
            RelayLimits.DEFAULTS,
            Set.of(),
            log);
    try {
      return SharedKey.of(context);
    } finally {
      assertFalse(log.has(SECRET), log::toString);
      assertFalse(log.has(GOOD), log::toString);
    }
  }

  private byte[] of(String url) throws ConfigException, CertificateProblem {
    return of(url, Map.of());
  }

  private byte[] ofFile(Path file) throws ConfigException, CertificateProblem {
    return of("server://h:1/h:2?secret_file=" + file);
  }

  private Path file(String content) throws IOException {
    Path file = directory.resolve("key");
    Files.writeString(file, content);
    return mode(file, "rw-------");
  }

  private static Path mode(Path file, String permissions) throws IOException {
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
  }

  private String problem(Path file) {
    String message = assertThrows(CertificateProblem.class, () -> ofFile(file)).getMessage();
    assertTrue(message.startsWith("secret_file=" + file + " "), message);
    assertFalse(message.contains(SECRET), message);
    return message;
  }

  @Test
  void withoutAKeyThereIsNone() throws Exception {
    assertNull(of("server://h:1/h:2"));
    assertEquals("", log.toString());
  }

  @Test
  void theKeyIsTheSameWhereverItComesFrom() throws Exception {
    byte[] expected = KeyStretching.stretch(GOOD);
    assertEquals(SessionKeys.SIZE, expected.length);
    assertArrayEquals(expected, of("server://" + GOOD + "@h:1/h:2"));
    assertArrayEquals(expected, of("client://h:1/h:2", Map.of("NODEPASS_KEY", GOOD)));
    assertArrayEquals(expected, ofFile(file(GOOD)));
    assertArrayEquals(expected, ofFile(file(GOOD + "\n")));
    assertArrayEquals(expected, ofFile(file(GOOD + "\r\n")));
    assertEquals("", log.toString());
  }

  @Test
  void blanksOfAFileBelongToTheKey() throws Exception {
    assertArrayEquals(KeyStretching.stretch(" " + GOOD + " "), ofFile(file(" " + GOOD + " \n")));
  }

  @ParameterizedTest
  @CsvSource({
    "'', is empty",
    "'\n', is empty",
    "'hunter2\n\n', holds a control character",
    "'hunter2\nhunter2\n', holds a control character",
    "'hunter2\r', holds a control character",
    "'hunter\t2', holds a control character",
    "'\uFEFFhunter2', begins with a byte order mark",
  })
  void aFileThatHoldsNoKeyIsNamedWithTheCure(String content, String wrong) throws IOException {
    String message = problem(file(content));
    assertTrue(message.contains(wrong), message);
    assertTrue(message.contains(": "), message);
  }

  @Test
  void aFileIsNoLongerThanAKeyCanBe() throws Exception {
    assertEquals(32, ofFile(file("ü".repeat(1024) + "\n")).length);
    assertTrue(problem(file("x".repeat(1025))).contains("has more than 1024 characters"));
    assertTrue(problem(file("x".repeat(4096))).contains("has more than 1024 characters"));
    assertTrue(problem(file("x".repeat(4097))).contains("is larger than 4096 bytes"));
  }

  @Test
  void bytesThatAreNoTextAreRefused() throws IOException {
    Path file = file("");
    Files.write(file, (SECRET + "\u00fc").getBytes(StandardCharsets.ISO_8859_1));
    assertTrue(problem(file).contains("is not text in UTF-8"));
  }

  @Test
  void whatIsNoFileIsNamed() throws IOException {
    assertTrue(problem(directory.resolve("none")).contains("there is no such file"));
    assertTrue(problem(directory).contains("is a directory"));
    assertTrue(problem(Path.of("/dev/null")).contains("is not a regular file"));
  }

  @Test
  void aFileThatMayNotBeReadIsNamed() throws IOException {
    Path file = mode(file(SECRET), "-w-------");
    assumeFalse(Files.isReadable(file), "root reads everything");
    assertTrue(problem(file).contains("permission denied"));
  }

  @ParameterizedTest
  @CsvSource({"rw-------, 0", "r--------, 0", "rw-r-----, 1", "rw----r--, 1", "rw--w--w-, 0"})
  void aFileThatOthersCanReadIsWarnedAboutOnce(String permissions, int warnings) throws Exception {
    Path file = mode(file(GOOD), permissions);
    ofFile(file);
    assertEquals(
        warnings, log.count("WARN secret_file=" + file + " can be read by others"), log::toString);
    assertEquals(warnings == 0, log.toString().isEmpty());
  }

  @Test
  void aWeakKeyIsWarnedAboutOnceAndNotShown() throws Exception {
    of("server://hunter2@h:1/h:2");
    assertEquals(
        "WARN the shared key (the key before @) has 36 bits at most, and fewer if somebody has"
            + " thought of it: nodepass keygen makes one of 256 bits",
        log.toString());
    of("server://h:1/h:2", Map.of("NODEPASS_KEY", SECRET));
    ofFile(file(SECRET));
    assertEquals(1, log.count("the shared key (environment variable NODEPASS_KEY) has 36 bits"));
    assertEquals(1, log.count("the shared key (secret_file) has 36 bits"));
    assertEquals(3, log.count(""));
  }
}
