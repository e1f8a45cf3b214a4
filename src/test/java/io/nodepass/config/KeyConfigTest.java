package io.nodepass.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Where the shared key may come from, what it asks of TLS, and that nothing shows it. */
class KeyConfigTest {
  private static final String SECRET = "hunter2";
  private static final Map<String, String> VARIABLE = Map.of("NODEPASS_KEY", SECRET);

  private static TunnelConfig parse(String url, Map<String, String> env) throws ConfigException {
    return TunnelUrl.parse(url, env, warning -> {});
  }

  private static TunnelConfig parse(String url) throws ConfigException {
    return parse(url, Map.of());
  }

  private static String error(String url, Map<String, String> env) {
    String message = assertThrows(ConfigException.class, () -> parse(url, env), url).getMessage();
    assertFalse(message.contains(SECRET), message);
    return message;
  }

  private static Optional<KeySource> source(KeySource.Origin origin, String text) {
    return Optional.of(new KeySource(origin, text));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "hunter2 | hunter2",
        "u:hunter2 | u:hunter2",
        "a%2Fb%3Fc%23d%40e%25 | a/b?c#d@e%",
        "a@b | a@b",
        "a+b | a+b",
        "two%20words | two words",
        "%E5%AF%86%E9%92%A5 | 密钥",
        "密钥 | 密钥",
        "[::1]:80 | [::1]:80",
      })
  void theKeyStandsBeforeTheTunnelAddress(String written, String meant) throws ConfigException {
    for (String role : List.of("server", "client")) {
      TunnelConfig config = parse(role + "://" + written + "@h:1/h:2?min=4");
      assertEquals(source(KeySource.Origin.URL, meant), config.key());
      assertEquals(new Endpoint("h", 1), config.tunnel());
      assertEquals(role + "://***@h:1/h:2?min=4", config.display());
    }
  }

  @Test
  void aFileIsOnlyNamed() throws ConfigException {
    TunnelConfig config = parse("client://h:1/h:2?secret_file=/etc/a%20key");
    assertEquals(source(KeySource.Origin.FILE, "/etc/a key"), config.key());
    assertEquals("client://h:1/h:2?secret_file=/etc/a%20key", config.display());
    assertEquals("secret_file=/etc/a key", config.key().orElseThrow().toString());
  }

  @Test
  void theVariableIsTakenWhenTheUrlHasNoKey() throws ConfigException {
    assertEquals(
        source(KeySource.Origin.VARIABLE, SECRET), parse("server://h:1/h:2", VARIABLE).key());
    assertEquals(
        source(KeySource.Origin.URL, "other"), parse("server://other@h:1/h:2", VARIABLE).key());
    assertEquals(
        source(KeySource.Origin.FILE, "k"),
        parse("server://h:1/h:2?secret_file=k", VARIABLE).key());
  }

  @Test
  void anEmptyVariableIsNoKey() throws ConfigException {
    TunnelConfig config = parse("server://h:1/h:2?proto=legacy", Map.of("NODEPASS_KEY", ""));
    assertEquals(Optional.empty(), config.key());
    assertEquals(TlsMode.NONE, config.tls().mode());
  }

  @Test
  void nothingThatIsPrintedHasTheKeyInIt() throws ConfigException {
    for (TunnelConfig config :
        List.of(parse("server://hunter2@h:1/h:2"), parse("client://h:1/h:2", VARIABLE))) {
      assertFalse(config.toString().contains(SECRET), config::toString);
      assertFalse(config.key().toString().contains(SECRET), config::toString);
      assertFalse(config.display().contains(SECRET), config::display);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "server | '' | SELF_SIGNED",
        "server | insecure=0 | SELF_SIGNED",
        "server | insecure=1 | SELF_SIGNED",
        "server | insecure=1&tls=0 | NONE",
        "server | tls=1 | SELF_SIGNED",
        "server | tls=2&crt=c&key=k | VERIFIED",
        "client | '' | SELF_SIGNED",
        "client | insecure=0 | SELF_SIGNED",
        "client | insecure=1 | NONE",
        "client | insecure=1&tls=0 | NONE",
        "client | insecure=1&tls=1 | SELF_SIGNED",
        "client | insecure=1&pin=sha256:00 | SELF_SIGNED",
        "client | insecure=1&ca=c | VERIFIED",
        "client | pin=sha256:00 | SELF_SIGNED",
        "client | ca=c | VERIFIED",
        "client | tls=2 | VERIFIED",
      })
  void aKeyTurnsTlsOn(String role, String query, TlsMode mode) throws ConfigException {
    assertEquals(mode, parse(role + "://hunter2@h:1/h:2?" + query).tls().mode());
    assertEquals(mode, parse(role + "://h:1/h:2?" + query, VARIABLE).tls().mode());
    assertEquals(mode, parse(role + "://h:1/h:2?secret_file=k&" + query).tls().mode());
  }

  @Test
  void theSessionDialectNeedsNoKey() throws ConfigException {
    TunnelConfig config = parse("server://h:1/h:2?proto=session");
    assertEquals(Dialect.SESSION, config.dialect());
    assertEquals(TlsMode.NONE, config.tls().mode());
    assertEquals(Dialect.SESSION, parse("client://hunter2@h:1/h:2?proto=session").dialect());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "hunter2@h:1/h:2?tls=0 | tls=0 with a key (the key before @) | insecure=1",
        "h:1/h:2?secret_file=k&tls=0 | tls=0 with a key (secret_file) | insecure=1",
        "hunter2@h:1/h:2?tls=0&insecure=0 | tls=0 with a key | insecure=1",
        "h:1/h:2?insecure=1 | insecure=1 has no effect without a key | leave it out",
        "hunter2@h:1/h:2?insecure=2 | insecure=\"2\" is not a legal value | use 1, 0",
        "hunter2@h:1/h:2?secret_file=k | a key stands before @, and secret_file | leave one",
        "h:1/h:2?secret_file=a%00b | secret_file= | it holds a NUL",
        "h:1/h:2?secret_file= | parameter secret_file has no value | write secret_file=value",
        "hunter2@h:1/h:2?proto=legacy | the key before @ gives this tunnel a key, which"
            + " proto=legacy cannot prove | leave it out, or write proto=session",
        "h:1/h:2?secret_file=k&proto=legacy | secret_file gives this tunnel a key | leave it out",
        "@h:1/h:2 | the key before @ is empty | nodepass keygen",
        "hunter2%0A@h:1/h:2 | the key before @ holds a control character | one line",
        "hunter2%C2%85@h:1/h:2 | the key before @ holds a control character | one line",
        "hunter2%zz@h:1/h:2 | the key before @ has a broken percent-escape | %25",
        "hunter2%ff@h:1/h:2 | the key before @ has a broken percent-escape | %25",
        "hunter2\uFFFD@h:1/h:2 | the key before @ has characters that cannot be read | LC_ALL",
      })
  void everyMistakeNamesTheInputAndTheCure(String rest, String wrong, String cure) {
    for (String role : List.of("server", "client")) {
      String message = error(role + "://" + rest, Map.of());
      assertTrue(message.contains(wrong), message);
      assertTrue(message.contains(cure), message);
    }
  }

  @Test
  void aMistakeWithTheVariableNamesTheVariable() {
    for (String role : List.of("server", "client")) {
      assertEquals(
          "environment variable NODEPASS_KEY gives this tunnel a key, which proto=legacy cannot"
              + " prove: unset it, or write proto=session",
          error(role + "://h:1/h:2?proto=legacy", VARIABLE));
      assertTrue(error(role + "://h:1/h:2?tls=0", VARIABLE).contains("variable NODEPASS_KEY"));
      Map<String, String> broken = Map.of("NODEPASS_KEY", "hunter2\n");
      String message = error(role + "://h:1/h:2", broken);
      assertTrue(message.startsWith("environment variable NODEPASS_KEY holds a control"), message);
    }
  }

  @Test
  void aKeyHasAtMostAThousandAndTwentyFourCharacters() throws ConfigException {
    String longest = "\uD83D\uDD11".repeat(KeySource.MAX_LENGTH);
    assertEquals(
        source(KeySource.Origin.URL, longest), parse("client://" + longest + "@h:1/h:2").key());
    String message = error("client://x" + longest + "@h:1/h:2", Map.of());
    assertTrue(message.startsWith("the key before @ has more than 1024 characters"), message);
    assertTrue(message.length() < 200, message);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "server://a/hunter2@h:1/h:2",
        "server://a?hunter2@h:1/h:2",
        "server://a#hunter2@h:1/h:2",
        "server://hunter2/a@h:1/h:2",
        "server://hunter2%40h:1/h:2",
        "server://hunter2@x/y@h:1/h:2",
        "server://x@hunter2/y@h:1/h:2",
        "server://x@hunter2?y@h:1/h:2",
        "server://x@h:1/hunter2?y@h:1/h:2",
        "client://h:1/hunter2@h:2",
      })
  void anAtSignWhereNoneBelongsIsTakenForThatOfAKey(String url) {
    String message = error(url, Map.of());
    assertTrue(message.startsWith("the URL has an @ where none can be read"), message);
    assertTrue(message.contains("://<key>@<tunnel_addr>/<target_addr>"), message);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "server://hunter2@h:1/h:2?log=trace",
        "server://u:hunter2@h:99999/h:2#x",
        "server://hunter2@h/",
        "server://hunter2@h:1",
        "server://hunter2@/h:1",
        "server://hunter2@h:1/h:2/x",
        "server://hunter2@h:1/h:2?=3",
        "server://hunter2@h:1/h:2?min=x",
      })
  void noOtherMistakeShowsTheKey(String url) {
    error(url, Map.of());
  }
}
