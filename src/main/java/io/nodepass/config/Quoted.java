package io.nodepass.config;

import io.nodepass.telemetry.PlainText;

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
    PlainText.append(out, text, LONGEST);
    return out.append('"').toString();
  }

  /** Whether a key may stand in this text: it has an at sign, plain or percent-encoded. */
  public static boolean mayHoldKey(String text) {
    return text.indexOf('@') >= 0 || text.contains("%40");
  }
}
