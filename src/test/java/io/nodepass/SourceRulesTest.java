package io.nodepass;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What can be said of the files as files: their size, what is left open, their translations. */
class SourceRulesTest {
  private static final int MOST_LINES = 400;
  private static final Path ROOT = Path.of("").toAbsolutePath();

  private static final Pattern LINK = Pattern.compile("]\\(([^)\\s]+)\\)");

  /** Put together here, so that this file passes its own rule. */
  private static final List<String> LEFT_OPEN = List.of("TO" + "DO", "FIX" + "ME");

  @Test
  void noSourceFileIsLongerThanFourHundredLines() {
    List<String> tooLong = new ArrayList<>();
    for (Path file : sources()) {
      int lines = lines(file).size();
      if (lines > MOST_LINES) {
        tooLong.add(ROOT.relativize(file) + ": " + lines);
      }
    }
    assertEquals(List.of(), tooLong);
  }

  @Test
  void nothingIsLeftForLater() {
    List<String> found = new ArrayList<>();
    for (Path file : sources()) {
      List<String> lines = lines(file);
      for (int i = 0; i < lines.size(); i++) {
        if (LEFT_OPEN.stream().anyMatch(lines.get(i)::contains)) {
          found.add(ROOT.relativize(file) + ":" + (i + 1));
        }
      }
    }
    assertEquals(List.of(), found);
  }

  @Test
  void everyPageHasAChineseCounterpart() {
    for (Path page : pages()) {
      assertTrue(Files.isRegularFile(chinese(page)), () -> chinese(page) + " is missing");
    }
  }

  @Test
  void noChinesePageIsLeftWithoutItsOriginal() {
    List<Path> known = pages().stream().map(SourceRulesTest::chinese).toList();
    for (Path page : markdownIn(ROOT.resolve("docs/zh"))) {
      assertTrue(known.contains(page), () -> page + " translates nothing");
    }
  }

  /** A section that one of the two pages lacks is the commonest way for them to drift apart. */
  @Test
  void aTranslationHasTheSectionsOfItsOriginal() {
    for (Path page : pages()) {
      assertEquals(headingLevels(page), headingLevels(chinese(page)), chinese(page)::toString);
    }
  }

  /**
   * A link to a file of ours must find it, and one to a section a heading that makes its anchor.
   */
  @Test
  void everyRelativeLinkLeadsSomewhere() {
    List<Path> linking = new ArrayList<>(pages());
    pages().forEach(page -> linking.add(chinese(page)));
    linking.add(ROOT.resolve("CHANGELOG.md"));
    linking.add(ROOT.resolve("bench/README.md"));
    linking.add(ROOT.resolve("jmh/README.md"));
    List<String> broken = new ArrayList<>();
    int links = 0;
    for (Path page : linking) {
      for (Matcher link = LINK.matcher(String.join("\n", prose(page))); link.find(); ) {
        if (!link.group(1).contains("://")) {
          links++;
          if (!leadsSomewhere(page, link.group(1))) {
            broken.add(ROOT.relativize(page) + ": " + link.group(1));
          }
        }
      }
    }
    assertEquals(List.of(), broken);
    assertTrue(links > 0, "no relative link was found");
  }

  private static boolean leadsSomewhere(Path page, String link) {
    int hash = link.indexOf('#');
    String path = hash < 0 ? link : link.substring(0, hash);
    Path file = path.isEmpty() ? page : page.resolveSibling(path).normalize();
    return file.startsWith(ROOT)
        && Files.exists(file)
        && (hash < 0 || anchors(file).contains(link.substring(hash + 1)));
  }

  /** As GitHub makes them: lower case, dashes for blanks, and nothing but letters and digits. */
  private static List<String> anchors(Path page) {
    List<String> anchors = new ArrayList<>();
    for (String line : prose(page)) {
      if (line.startsWith("#")) {
        String title = line.substring(line.indexOf(' ') + 1).toLowerCase(Locale.ROOT);
        anchors.add(title.replaceAll("[^\\p{L}\\p{N} _-]", "").replace(' ', '-'));
      }
    }
    return anchors;
  }

  private static List<Path> sources() {
    try (Stream<Path> files = Files.walk(ROOT.resolve("src"))) {
      List<Path> found = files.filter(Files::isRegularFile).sorted().toList();
      assertFalse(found.isEmpty(), "no source was found");
      return found;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static List<Path> pages() {
    List<Path> pages = new ArrayList<>(markdownIn(ROOT.resolve("docs")));
    pages.add(ROOT.resolve("README.md"));
    return pages;
  }

  private static List<Path> markdownIn(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(".md")).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path chinese(Path page) {
    return ROOT.resolve("docs/zh").resolve(page.getFileName());
  }

  private static List<Integer> headingLevels(Path page) {
    List<Integer> levels = new ArrayList<>();
    for (String line : prose(page)) {
      if (line.startsWith("#")) {
        levels.add(line.indexOf(' '));
      }
    }
    return levels;
  }

  /** The lines of a page that are not in a fenced block. */
  private static List<String> prose(Path page) {
    List<String> prose = new ArrayList<>();
    boolean code = false;
    try {
      for (String line : Files.readAllLines(page)) {
        if (line.startsWith("```")) {
          code = !code;
        } else if (!code) {
          prose.add(line);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return prose;
  }

  /** Bytes as characters, so that a file that is not text is counted like any other. */
  private static List<String> lines(Path file) {
    try {
      return Files.readAllLines(file, StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
