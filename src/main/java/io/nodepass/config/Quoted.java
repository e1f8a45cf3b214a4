package io.nodepass.config;

/**
 * Foreign text as it may stand in a message: in quotes, on one line, of bounded length. Text with
 * an {@code @} is not shown at all, because what stands before it may be a key.
 */
public final class Quoted {
  private static final int LONGEST = 80;

  private Quoted() {}

  public static String of(String text) {
    if (mayHoldKey(text)) {
      return "(not shown, it may hold a key)";
    }
    StringBuilder out = new StringBuilder(Math.min(text.length(), LONGEST) + 5).append('"');
    for (int i = 0; i < text.length(); ) {
      if (i >= LONGEST) {
        out.append("...");
        break;
      }
      int c = text.codePointAt(i);
      i += Character.charCount(c);
      out.appendCodePoint(isPrintable(c) ? c : '?');
    }
    return out.append('"').toString();
  }

  /** Whether a key may stand in this text: it has an at sign, plain or percent-encoded. */
  public static boolean mayHoldKey(String text) {
    return text.indexOf('@') >= 0 || text.contains("%40");
  }

  private static boolean isPrintable(int c) {
    if (c < 0x7f) {
      return c >= ' ';
    }
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.UNASSIGNED ->
          false;
      default -> true;
    };
  }
}
