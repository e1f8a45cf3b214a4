package io.nodepass;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nodepass.config.ConfigException;
import io.nodepass.config.TunnelUrl;
import io.nodepass.config.Variable;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CommandLineTest {
  private static CommandLine parse(String... args) {
    return CommandLine.parse(args);
  }

  private static String error(String... args) {
    return assertInstanceOf(CommandLine.UsageError.class, parse(args)).text();
  }

  @Test
  void urlsAreTunnelsInTheirOrder() {
    assertEquals(
        new CommandLine.Run(List.of("server://:1/:2", "client://h:1/h:2", "foo://x")),
        parse("server://:1/:2", "client://h:1/h:2", "foo://x"));
  }

  @Test
  void aTunnelThatIsNotQuiteAUrlIsLeftToTheUrlsOwnMessage() {
    assertEquals(new CommandLine.Run(List.of("server:/h:1")), parse("server:/h:1"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"help", "--help", "-h"})
  void helpGoesBeforeAll(String word) {
    assertEquals(new CommandLine.Help(), parse(word));
    assertEquals(new CommandLine.Help(), parse("server://:1/:2", word, "demo"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"version", "--version", "-v", "-V"})
  void theVersionIsAskedForInSeveralWays(String word) {
    assertEquals(new CommandLine.Version(), parse(word));
  }

  @Test
  void theDemoStandsAlone() {
    assertEquals(new CommandLine.Demo(), parse("demo"));
    assertTrue(error("demo", "server://:1/:2").startsWith("nodepass: demo stands alone"));
    assertTrue(error("demo", "demo").startsWith("nodepass: demo stands alone"));
  }

  @Test
  void keygenStandsAlone() {
    assertEquals(new CommandLine.KeyGen(), parse("keygen"));
    assertTrue(error("keygen", "server://:1/:2").startsWith("nodepass: keygen stands alone"));
    assertTrue(error("keygen", "keygen").startsWith("nodepass: keygen stands alone"));
    assertTrue(error("demo", "keygen").contains(" stands alone: nodepass "));
    assertEquals(new CommandLine.Help(), parse("keygen", "--help"));
  }

  @Test
  void aNewKeyHasTwoHundredAndFiftySixBitsAndIsAnotherEachTime() throws ConfigException {
    String key = NewKey.text();
    assertTrue(key.matches("[A-Za-z0-9_-]{43}"), "not 43 characters of base64url");
    assertEquals(32, Base64.getUrlDecoder().decode(key).length);
    assertFalse(key.equals(NewKey.text()));
    String url = "server://" + key + "@:1/:2";
    assertEquals(key, TunnelUrl.parse(url, Map.of(), line -> {}).key().orElseThrow().text());
  }

  @Test
  void noArgumentsGetTheUsage() {
    assertEquals(Usage.text(), error());
  }

  @ParameterizedTest
  @CsvSource({
    "--hlep, 'nodepass: unknown option \"--hlep\"; did you mean --help?'",
    "--versoin, 'nodepass: unknown option \"--versoin\"; did you mean --version?'",
    "-x, 'nodepass: unknown option \"-x\"'",
    "kegen, 'nodepass: unknown word \"kegen\"; did you mean keygen?'",
    "dmeo, 'nodepass: unknown word \"dmeo\"; did you mean demo?'",
    "'', 'nodepass: unknown word \"\"'",
    "h:1/h:2, 'nodepass: unknown word \"h:1/h:2\"'",
    "server, 'nodepass: a tunnel is one word: nodepass \"server://<tunnel_addr>/<target_addr>\"'",
    "--url=server://:1/:2, 'nodepass: unknown option \"--url\"'",
  })
  void anUnknownWordIsNamedWithTheNearestKnown(String word, String message) {
    assertEquals(message + "\nnodepass --help tells what there is\n", error(word));
    assertEquals(error(word), error("server://:1/:2", word));
  }

  @ParameterizedTest
  @ValueSource(strings = {"hunter2@h:1/h:2", "--key=hunter2", "-u:hunter2@x"})
  void whatMayBeAKeyIsNotShown(String word) {
    assertFalse(error(word).contains("hunter2"), error(word));
  }

  @Test
  void theUsageNamesEveryVariableParameterAndExitCode() {
    String usage = Usage.text();
    for (Variable variable : Variable.values()) {
      String row = variable.name() + " +" + variable.defaultText() + " +" + variable.meaning();
      assertTrue(usage.lines().anyMatch(line -> line.trim().matches(row)), row);
    }
    for (String parameter : TunnelUrl.supportedParameters()) {
      assertTrue(
          usage.contains(" " + parameter + "=")
              || usage.contains(parameter.toUpperCase(Locale.ROOT)),
          parameter);
    }
    for (int code : new int[] {ExitCode.OK, ExitCode.USAGE, ExitCode.SOFTWARE, ExitCode.CONFIG}) {
      assertTrue(usage.lines().anyMatch(line -> line.startsWith("  " + code + " ")), "" + code);
    }
    assertTrue(usage.lines().allMatch(line -> line.length() <= 80), usage);
    assertTrue(usage.endsWith("\n"));
  }

  @Test
  void theVersionLineNamesProgramJavaAndSystem() {
    String line = Version.line();
    assertTrue(
        line.matches("nodepass \\d+\\.\\d+\\.\\d+\\S* \\(Java [0-9][^,]*, \\S.* \\S+\\)"), line);
    assertTrue(line.contains(Integer.toString(Runtime.version().feature())), line);
  }
}
