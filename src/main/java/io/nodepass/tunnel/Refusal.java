package io.nodepass.tunnel;

/**
 * Why one end turns the other away: a code for programs, a text for people. Both ends log it. See
 * docs/protocol.md, "Refusals".
 */
final class Refusal extends ProtocolException {
  private static final long serialVersionUID = 1L;

  /** What refusals there are. */
  enum Code {
    VERSION("version"),
    MALFORMED("malformed"),
    LEGACY("legacy"),
    KEY_MISSING("key-missing"),
    KEY_UNEXPECTED("key-unexpected"),
    KEY_WRONG("key-wrong"),
    NAME("name"),
    FLOW("flow"),
    BUSY("busy"),
    TOKEN("token"),
    SESSION("session"),
    LATE("late"),
    WEBSOCKET("websocket"),
    CLOSING("closing");

    private final String word;

    Code(String word) {
      this.word = word;
    }

    /** As it stands on the wire. */
    String word() {
      return word;
    }
  }

  private static final int MOST_TEXT = 300;
  private static final int MOST_CODE = 32;

  private final String code;

  /**
   * One of ours.
   *
   * @param text what is wrong and what to do about it
   */
  Refusal(Code code, String text) {
    this(code.word(), text);
  }

  private Refusal(String code, String text) {
    super(text);
    this.code = code;
  }

  /** What the other end has said; its code may be one that we do not know. */
  static Refusal from(SessionLine line) throws ProtocolException {
    String code = line.get("code");
    // It goes into a log line before the text, and comes from a stranger.
    if (code.isEmpty() || code.length() > MOST_CODE || !code.chars().allMatch(Refusal::isOfCode)) {
      throw new ProtocolException("a //refused line has a code that is none");
    }
    return new Refusal(code, cut(line.fields().getOrDefault("text", ""), MOST_TEXT));
  }

  private static boolean isOfCode(int c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  }

  /** At most so many characters of it, none of them halved. */
  private static String cut(String text, int most) {
    if (text.length() <= most) {
      return text;
    }
    int end = Character.isHighSurrogate(text.charAt(most - 1)) ? most - 1 : most;
    return text.substring(0, end) + "…";
  }

  String code() {
    return code;
  }

  boolean is(Code other) {
    return code.equals(other.word());
  }

  /** As it is sent; a text that does not fit a line is cut. */
  SessionLine line() {
    int most = MOST_TEXT;
    SessionLine line = line(most);
    while (line.raw().length() > SessionLine.MAX_LENGTH) {
      most = most * 3 / 4;
      line = line(most);
    }
    return line;
  }

  private SessionLine line(int most) {
    return SessionLine.of("refused")
        .with("code", code)
        .with("text", cut(getMessage(), most))
        .build();
  }
}
