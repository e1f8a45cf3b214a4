package io.nodepass.tunnel;

import io.nodepass.config.TlsMode;

/**
 * One line of the legacy control channel: {@code //<authority>#<fragment>}, or a blank health line.
 *
 * <p>As the original reads them: surrounding white space is dropped, the line is cut at the first
 * {@code #}, then a query at the first {@code ?}, and a scheme before {@code //} is ignored.
 *
 * @param authority a port in the first line, a connection id later; empty for a health line
 * @param fragment the TLS mode in the first line, the kind of signal later; may be empty
 */
record ControlLine(String authority, String fragment) {
  static final String TCP = "1";

  /** Longest line that is read, bytes, without its line break. */
  static final int MAX_LENGTH = 1024;

  static final int ID_LENGTH = 8;

  private static final ControlLine HEALTH = new ControlLine("", "");

  /** The line a server begins with. */
  static String greeting(int port, int tlsMode) {
    return "//" + port + "#" + tlsMode + "\n";
  }

  /** The line that announces a TCP connection on the data connection {@code id}. */
  static String tcp(String id) {
    return "//" + id + "#" + TCP + "\n";
  }

  /**
   * Parses a line without its line break.
   *
   * @throws ProtocolException when it is neither blank nor of the form above
   */
  static ControlLine parse(String raw) throws ProtocolException {
    String line = raw.strip();
    if (line.isEmpty()) {
      return HEALTH;
    }
    int hash = line.indexOf('#');
    String fragment = hash < 0 ? "" : line.substring(hash + 1);
    String reference = hash < 0 ? line : line.substring(0, hash);
    int query = reference.indexOf('?');
    if (query >= 0) {
      reference = reference.substring(0, query);
    }
    int slashes = reference.indexOf("//");
    if (slashes < 0 || (slashes > 0 && reference.charAt(slashes - 1) != ':')) {
      throw new ProtocolException("control line is not of the form //…#…: " + shown(line));
    }
    int path = reference.indexOf('/', slashes + 2);
    String authority = reference.substring(slashes + 2, path < 0 ? reference.length() : path);
    if (authority.isEmpty()) {
      throw new ProtocolException("control line names nothing: " + shown(line));
    }
    return new ControlLine(authority, fragment);
  }

  boolean isHealth() {
    return authority.isEmpty();
  }

  /**
   * The data port of a first line.
   *
   * @throws ProtocolException when it is not a port
   */
  int port() throws ProtocolException {
    int port = 0;
    for (int i = 0; i < authority.length() && port <= 65535; i++) {
      int digit = authority.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        port = 0;
        break;
      }
      port = port * 10 + digit;
    }
    if (port < 1 || port > 65535) {
      throw new ProtocolException("first control line has no data port: " + shown(authority));
    }
    return port;
  }

  /**
   * The TLS mode of a first line.
   *
   * @throws ProtocolException when there is no such mode
   */
  TlsMode tlsMode() throws ProtocolException {
    for (TlsMode mode : TlsMode.values()) {
      if (fragment.equals(String.valueOf(mode.code()))) {
        return mode;
      }
    }
    throw new ProtocolException("the server announced an unknown TLS mode: " + shown(fragment));
  }

  /** Whether every character is a hex digit and their number is right. */
  static boolean isId(String id) {
    if (id.length() != ID_LENGTH) {
      return false;
    }
    for (int i = 0; i < ID_LENGTH; i++) {
      if (Character.digit(id.charAt(i), 16) < 0) {
        return false;
      }
    }
    return true;
  }

  private static String shown(String text) {
    return text.length() <= 40 ? text : text.substring(0, 40) + "…";
  }
}
