package io.nodepass.tunnel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nodepass.transport.tls.KeyStretching;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Computes the example of docs/protocol.md again: from the inputs that the page states, once by its
 * formulas and once with our classes.
 */
class DocumentedSessionTest {
  private static final String HEADING = "## A whole session, byte by byte";
  private static final String PREFIX = "nodepass session 2\n";
  private static final byte[] ZEROS = new byte[32];

  /** One row of the example, without the escapes of line breaks. */
  private record Row(String direction, String name, String value) {
    static Row of(String line) {
      String[] parts = line.split(" +", 3);
      return new Row(parts[0], parts[1], parts[2].replace("\\r", "\r").replace("\\n", "\n"));
    }
  }

  private static List<Row> rows;

  @BeforeAll
  static void read() throws IOException {
    rows = new ArrayList<>();
    boolean inside = false;
    try (Stream<String> page = Files.lines(Path.of("docs/protocol.md"))) {
      for (String line : page.dropWhile(text -> !text.equals(HEADING)).skip(1).toList()) {
        if (line.startsWith("#")) {
          break;
        }
        if (line.startsWith("```")) {
          inside = !inside;
        } else if (inside) {
          rows.add(Row.of(line));
        }
      }
    }
  }

  private static String text(String name) {
    return rows.stream().filter(row -> row.name.equals(name)).findFirst().orElseThrow().value;
  }

  private static byte[] raw(String name) {
    return text(name).getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] hex(String name) {
    return Hex.decode(text(name));
  }

  private static SessionLine line(String name) throws ProtocolException {
    String text = text(name);
    assertTrue(text.endsWith("\n"), name);
    SessionLine line = SessionLine.parse(text.substring(0, text.length() - 1));
    assertEquals(text, line.raw());
    return line;
  }

  private static byte[] joined(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] sha256(byte[]... parts) throws GeneralSecurityException {
    return MessageDigest.getInstance("SHA-256").digest(joined(parts));
  }

  private static String mac(byte[] key, String label, byte[]... parts)
      throws GeneralSecurityException {
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(key, "HmacSHA256"));
    return Hex.of(mac.doFinal(joined(ascii(label + "\0"), joined(parts))));
  }

  /** Every row is looked at by a test below; one that is added has to be as well. */
  @Test
  void thePageHasTheseRowsAndNoOthers() {
    assertEquals(
        List.of(
            "– key",
            "– certificate",
            "– P",
            "– bind",
            "C→S hello",
            "S→C answer",
            "C→S open",
            "S→C challenge",
            "– H1",
            "C→S proof",
            "S→C session",
            "– H2",
            "S→C server-proof",
            "– K",
            "C→S data",
            "S→C ready",
            "– plain-data",
            "– plain-ready",
            "– signal",
            "S→C OPEN",
            "– request",
            "S→C DATA",
            "– page",
            "C→S DATA",
            "C→S END",
            "S→C END",
            "C→S DONE",
            "– next-nonce",
            "– resume"),
        rows.stream().map(row -> row.direction + " " + row.name).toList());
  }

  @Test
  void keyAndCertificateAreTakenAsThePageSays() throws GeneralSecurityException {
    assertEquals(text("P"), Hex.of(KeyStretching.stretch(text("key"))));
    assertEquals(text("bind"), Hex.of(sha256(raw("certificate"))));
  }

  @Test
  void theLinesOfTheOpeningHaveTheirFields() throws ProtocolException {
    assertTrue(line("hello").is("hello"));
    assertEquals(2, line("hello").number("v", 1, 9));
    assertEquals(2, line("answer").number("v", 1, 9));
    assertEquals("1", line("answer").kind());
    SessionLine open = line("open");
    assertTrue(open.is("open"));
    assertEquals(
        List.of("client", "nonce", "auth", "min", "max", "flow", "carry"),
        List.copyOf(open.fields().keySet()));
    assertEquals(16, open.hex("client", 16).length);
    assertEquals(32, open.hex("nonce", 32).length);
    assertEquals("key", open.get("auth"));
    assertTrue(open.number("min", 1, 1024) <= open.number("max", 1, 1024));
    assertEquals("reverse", open.get("flow"));
    assertEquals("tcp", open.get("carry"));
    assertTrue(line("challenge").is("challenge"));
    assertEquals(32, line("challenge").hex("nonce", 32).length);
    assertEquals("key", line("challenge").get("auth"));
    assertTrue(line("proof").is("proof"));
    assertTrue(line("session").is("session"));
    assertEquals(16, line("session").hex("id", 16).length);
    assertEquals(32, line("session").hex("secret", 32).length);
    assertEquals(5000, line("session").number("beat", 0, 100_000));
    assertTrue(line("server-proof").is("proof"));
  }

  @Test
  void hashesProofsAndSecretFollowTheFormulas() throws Exception {
    byte[] key = hex("P");
    byte[] soFar =
        joined(
            ascii(PREFIX), hex("bind"), raw("hello"), raw("answer"), raw("open"), raw("challenge"));
    byte[] h1 = sha256(soFar);
    byte[] h2 = sha256(soFar, raw("proof"), raw("session"));
    assertEquals(text("H1"), Hex.of(h1));
    assertEquals(text("H2"), Hex.of(h2));
    assertEquals(line("proof").get("mac"), mac(key, "client", h1));
    assertEquals(line("server-proof").get("mac"), mac(key, "server", h2));
    assertEquals(text("K"), mac(key, "session", h2));
  }

  @Test
  void ourClassesComeToTheSame() throws ProtocolException {
    SessionKeys keys = new SessionKeys(hex("P"), hex("bind"));
    for (String name : List.of("hello", "answer", "open", "challenge")) {
      keys.add(line(name));
    }
    assertArrayEquals(line("proof").hex("mac", 32), keys.clientProof());
    keys.add(line("proof"));
    keys.add(line("session"));
    assertArrayEquals(line("server-proof").hex("mac", 32), keys.serverProof());
    assertArrayEquals(hex("K"), keys.secret());
  }

  @Test
  void theDataConnectionIsOpenedByTokenAndAnswer() throws Exception {
    compareData("data", "ready", hex("bind"));
    compareData("plain-data", "plain-ready", ZEROS);
    assertArrayEquals(ZEROS, SessionKeys.noCertificate());
  }

  private static void compareData(String data, String ready, byte[] bind) throws Exception {
    SessionLine line = line(data);
    assertTrue(line.is("data"));
    assertEquals(line("session").get("id"), line.get("session"));
    long number = line.number("n", 1, 1L << 62);
    byte[] bytes = ByteBuffer.allocate(8).putLong(number).array();
    byte[] secret = hex("K");
    assertEquals(line.get("mac"), mac(secret, "data", bind, bytes));
    assertEquals(line.get("mac"), Hex.of(SessionKeys.token(secret, bind, number)));
    assertTrue(line(ready).is("ready"));
    assertEquals(line(ready).get("mac"), mac(secret, "ready", bind, bytes));
    assertEquals(line(ready).get("mac"), Hex.of(SessionKeys.answer(secret, bind, number)));
  }

  @Test
  void theFlowIsTheseFrames() throws ProtocolException {
    SessionLine signal = line("signal");
    assertEquals(4, Hex.decode(signal.what()).length);
    assertEquals("203.0.113.9:50412", signal.get("src"));
    assertEquals("1", signal.kind());
    byte[] opening = ascii(signal.raw().substring(0, signal.raw().length() - 1));
    List<String> frames =
        List.of(
            frame(1, opening),
            frame(2, raw("request")),
            frame(2, raw("page")),
            frame(3),
            frame(3),
            frame(5));
    List<String> names = List.of("OPEN", "DATA", "END", "DONE");
    assertEquals(
        frames, rows.stream().filter(row -> names.contains(row.name)).map(Row::value).toList());
  }

  /** A frame of flow 1. */
  private static String frame(int type, byte... payload) {
    ByteBuffer frame = ByteBuffer.allocate(8 + payload.length);
    frame.put((byte) type).put((byte) 0).putShort((short) payload.length).putInt(1).put(payload);
    return Hex.of(frame.array());
  }

  @Test
  void theResumptionNamesTheSessionAndProvesIt() throws Exception {
    byte[] nonce = hex("next-nonce");
    byte[] client = line("open").hex("client", 16);
    String id = line("session").get("id");
    assertEquals(32, nonce.length);
    assertEquals(text("resume"), id + "." + mac(hex("K"), "resume", nonce, client));
    assertEquals(
        text("resume"), id + "." + Hex.of(SessionKeys.resumption(hex("K"), nonce, client)));
  }
}
