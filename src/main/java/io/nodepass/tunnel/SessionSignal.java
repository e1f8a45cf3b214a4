package io.nodepass.tunnel;

/**
 * What the server says first when it uses a data connection of a session.
 *
 * @param id of the user's connection, for the log
 * @param source who came, as the server says; may be empty
 */
record SessionSignal(String id, String source) {
  /**
   * Reads a signal without its line break.
   *
   * @throws ProtocolException when it is none, or of a kind that is not supported
   */
  static SessionSignal parse(String text) throws ProtocolException {
    SessionLine line = SessionLine.parse(text);
    if (!ControlLine.isId(line.what())) {
      throw new ProtocolException("a signal without an id of 8 hexadecimal digits");
    }
    if (!line.kind().equals(ControlLine.TCP)) {
      throw new ProtocolException("signal of a kind that is not supported yet: #" + line.kind());
    }
    return new SessionSignal(line.what(), line.fields().getOrDefault("src", ""));
  }
}
