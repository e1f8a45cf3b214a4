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
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What can be said of the files as files: their size, what is left open, their translations. */
class SourceRulesTest {
  private static final int MOST_LINES = 400;
  private static final Path ROOT = Path.of("").toAbsolutePath();

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
    boolean code = false;
    for (String line : lines(page)) {
      if (line.startsWith("```")) {
        code = !code;
      } else if (!code && line.startsWith("#")) {
        levels.add(line.indexOf(' '));
      }
    }
    return levels;
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
