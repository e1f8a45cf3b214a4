package io.nodepass;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class ReadmeBlockTest {
  @Test
  void onlyAMarkedBlockIsRun() {
    List<ReadmeBlock> blocks = parse("a", "```sh", "one", "```", "b", "```sh test", "two", "```");
    assertEquals(2, blocks.size());
    assertFalse(blocks.get(0).isTest());
    assertTrue(blocks.get(1).isTest());
    assertEquals(List.of("two"), blocks.get(1).text());
    assertEquals(6, blocks.get(1).line());
  }

  @Test
  void expectedOutputJoinsTheBlockBeforeIt() {
    List<ReadmeBlock> blocks =
        parse("```sh test", "one", "```", "It says:", "```text output", "1", "2", "```");
    assertEquals(1, blocks.size());
    assertEquals(List.of("1", "2"), blocks.get(0).output());
  }

  @Test
  void outputOfABlockThatIsNotRunIsAMistake() {
    assertThrows(
        IllegalArgumentException.class,
        () -> parse("```sh", "one", "```", "```text output", "1", "```"));
  }

  @Test
  void aBlockThatIsNeverClosedIsAMistake() {
    assertThrows(IllegalArgumentException.class, () -> parse("```sh test", "one"));
  }

  private static List<ReadmeBlock> parse(String... lines) {
    return ReadmeBlock.parse("page", List.of(lines));
  }
}
