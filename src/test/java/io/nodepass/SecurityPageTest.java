package io.nodepass;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The tests that docs/security.md names are there; that they pass is their own affair. */
class SecurityPageTest {
  private static final Pattern NAMED = Pattern.compile("`(\\w+(?:IT|Test))#(\\w+)`");

  @ParameterizedTest
  @ValueSource(strings = {"docs/security.md", "docs/zh/security.md"})
  void everyTestThatThePageNamesIsThere(String page) throws IOException {
    Matcher named = NAMED.matcher(Files.readString(Path.of(page)));
    List<String> missing = new ArrayList<>();
    int count = 0;
    while (named.find()) {
      count++;
      if (!source(named.group(1)).contains("void " + named.group(2) + "(")) {
        missing.add(named.group());
      }
    }
    assertEquals(List.of(), missing);
    assertTrue(count >= 30, "only " + count + " tests are named");
  }

  private static String source(String type) throws IOException {
    try (Stream<Path> files = Files.walk(Path.of("src/test/java"))) {
      Path file =
          files.filter(path -> path.endsWith(type + ".java")).findFirst().orElse(Path.of(""));
      return file.toString().isEmpty() ? "" : Files.readString(file);
    }
  }
}
