package io.nodepass.transport.framed;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** The peer has aborted the flow, and said why. */
public final class AbortedByPeerException extends IOException {
  private static final long serialVersionUID = 1;

  /** What we say; a peer may say something else. */
  static final String ABORTED = "aborted";

  private final String code;

  private AbortedByPeerException(String code, String text) {
    super(text);
    this.code = code;
  }

  /** One word, for programs; the message is for people. */
  public String code() {
    return code;
  }

  /** What the payload of an ABORT says. */
  static AbortedByPeerException read(byte[] payload) {
    String said = printable(new String(payload, StandardCharsets.UTF_8));
    int blank = said.indexOf(' ');
    String code = blank < 0 ? said : said.substring(0, blank);
    String text = blank < 0 ? "" : said.substring(blank + 1).strip();
    code = code.isEmpty() ? ABORTED : code;
    return new AbortedByPeerException(code, text.isEmpty() ? code : text);
  }

  /** The payload of an ABORT for that cause, which may be null. */
  static byte[] payload(Throwable cause) {
    String text = cause == null ? null : cause.getMessage();
    if (text == null || text.isBlank()) {
      return ABORTED.getBytes(StandardCharsets.US_ASCII);
    }
    String said = ABORTED + ' ' + printable(text);
    // Cut where a character ends: none takes more than three bytes for each of its chars.
    int end = Math.min(said.length(), Frame.MOST_ABORT);
    byte[] bytes = said.substring(0, end).getBytes(StandardCharsets.UTF_8);
    while (bytes.length > Frame.MOST_ABORT) {
      end -= Math.max(1, (bytes.length - Frame.MOST_ABORT) / 3);
      end -= Character.isHighSurrogate(said.charAt(end - 1)) ? 1 : 0;
      bytes = said.substring(0, end).getBytes(StandardCharsets.UTF_8);
    }
    return bytes;
  }

  private static String printable(String text) {
    StringBuilder printable = new StringBuilder(text.length());
    text.codePoints()
        .map(c -> Character.getType(c) == Character.CONTROL ? ' ' : c)
        .forEach(printable::appendCodePoint);
    return printable.toString();
  }
}
