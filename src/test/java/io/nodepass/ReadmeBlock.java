package io.nodepass;

import java.util.ArrayList;
import java.util.List;

/**
 * A fenced block of a Markdown page.
 *
 * @param page what the page is called in messages
 * @param line where the block opens, from 1
 * @param info what stands after the opening fence, for example {@code sh test}
 * @param text the lines between the fences
 * @param output the lines of a {@code text output} block that follows, or none
 */
record ReadmeBlock(String page, int line, String info, List<String> text, List<String> output) {
  private static final String FENCE = "```";
  private static final String OUTPUT = "text output";

  /** Every fenced block of the page in its order; blocks of expected output join their command. */
  static List<ReadmeBlock> parse(String page, List<String> lines) {
    List<ReadmeBlock> blocks = new ArrayList<>();
    int i = 0;
    while (i < lines.size()) {
      if (!lines.get(i).startsWith(FENCE)) {
        i++;
        continue;
      }
      int open = i;
      String info = lines.get(open).substring(FENCE.length()).strip();
      int close = open + 1;
      while (close < lines.size() && !lines.get(close).startsWith(FENCE)) {
        close++;
      }
      if (close == lines.size()) {
        throw new IllegalArgumentException(page + ":" + (open + 1) + ": the block is never closed");
      }
      List<String> text = List.copyOf(lines.subList(open + 1, close));
      if (info.equals(OUTPUT)) {
        expect(page, open + 1, blocks, text);
      } else {
        blocks.add(new ReadmeBlock(page, open + 1, info, text, List.of()));
      }
      i = close + 1;
    }
    return List.copyOf(blocks);
  }

  private static void expect(
      String page, int line, List<ReadmeBlock> blocks, List<String> expected) {
    ReadmeBlock last = blocks.isEmpty() ? null : blocks.get(blocks.size() - 1);
    if (last == null || !last.isTest()) {
      throw new IllegalArgumentException(page + ":" + line + ": output of a block that is not run");
    }
    blocks.set(
        blocks.size() - 1,
        new ReadmeBlock(last.page, last.line, last.info, last.text, List.copyOf(expected)));
  }

  /** Whether the block is run by {@link ReadmeIT}. */
  boolean isTest() {
    return info.equals("sh test");
  }
}
