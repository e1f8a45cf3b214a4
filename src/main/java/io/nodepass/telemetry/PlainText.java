package io.nodepass.telemetry;

/** Makes foreign text harmless for a terminal and a log file: one line, no escape codes. */
public final class PlainText {
  private PlainText() {}

  /**
   * Appends text up to a length, replacing what could end the line, move the cursor or turn the
   * direction of writing: tabs and line breaks become blanks, the rest a question mark.
   *
   * @param longest most UTF-16 units appended; what is cut off leaves three dots
   */
  public static void append(StringBuilder out, String text, int longest) {
    int end = Math.min(text.length(), longest);
    int i = 0;
    while (i < end) {
      char c = text.charAt(i);
      if (c >= ' ' && c < 0x7f) {
        out.append(c);
        i++;
      } else {
        int point = text.codePointAt(i);
        out.appendCodePoint(replacement(point));
        i += Character.charCount(point);
      }
    }
    if (i < text.length()) {
      out.append("...");
    }
  }

  private static int replacement(int point) {
    if (point == '\t' || point == '\n' || point == '\r') {
      return ' ';
    }
    return switch (Character.getType(point)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          '?';
      default -> point;
    };
  }
}
