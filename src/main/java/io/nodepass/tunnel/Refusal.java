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
    String text = line.fields().getOrDefault("text", "");
    String shown = text.length() <= MOST_TEXT ? text : text.substring(0, MOST_TEXT) + "…";
    return new Refusal(line.get("code"), shown);
  }

  String code() {
    return code;
  }

  boolean is(Code other) {
    return code.equals(other.word());
  }

  SessionLine line() {
    return SessionLine.of("refused").with("code", code).with("text", getMessage()).build();
  }
}
