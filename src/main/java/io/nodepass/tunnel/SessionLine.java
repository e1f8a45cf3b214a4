package io.nodepass.tunnel;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One line of the session dialect: {@code //what?name=value&name=value#kind}, or a blank one. See
 * docs/protocol.md, "Lines".
 *
 * @param what what it is; empty for a blank line
 * @param fields decoded, in the order in which they were given
 * @param kind what stands after the {@code #}; empty when there is none
 * @param raw the line as it was sent, with its line break
 */
record SessionLine(String what, Map<String, String> fields, String kind, String raw) {
  /** Most bytes without the line break. */
  static final int MAX_LENGTH = 1024;

  private static final String UNESCAPED = "-._~:";

  /** Starts one to be sent. */
  static Draft of(String what) {
    return new Draft(what);
  }

  /** A line to be sent. */
  static final class Draft {
    private final String what;
    private final Map<String, String> fields = new LinkedHashMap<>();

    private Draft(String what) {
      this.what = what;
    }

    Draft with(String name, String value) {
      fields.put(name, value);
      return this;
    }

    Draft with(String name, long value) {
      return with(name, Long.toString(value));
    }

    SessionLine build() {
      return build("");
    }

    SessionLine build(String kind) {
      StringBuilder line = new StringBuilder(64).append("//").append(what);
      char separator = '?';
      for (Map.Entry<String, String> field : fields.entrySet()) {
        line.append(separator).append(field.getKey()).append('=');
        escape(line, field.getValue());
        separator = '&';
      }
      if (!kind.isEmpty()) {
        line.append('#').append(kind);
      }
      return new SessionLine(
          what, Collections.unmodifiableMap(fields), kind, line.append('\n').toString());
    }
  }

  private static void escape(StringBuilder line, String value) {
    for (byte b : value.getBytes(StandardCharsets.UTF_8)) {
      if (isPlain((char) (b & 0xff))) {
        line.append((char) b);
      } else {
        line.append('%');
        line.append(Character.toUpperCase(Character.forDigit((b >> 4) & 15, 16)));
        line.append(Character.toUpperCase(Character.forDigit(b & 15, 16)));
      }
    }
  }

  private static boolean isPlain(char c) {
    return isWord(c) || UNESCAPED.indexOf(c) >= 0;
  }

  private static boolean isWord(String text) {
    return !text.isEmpty() && text.chars().allMatch(c -> isWord((char) c));
  }

  private static boolean isWord(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  }

  /**
   * Reads a line without its line break.
   *
   * @throws ProtocolException when it is not of that form
   */
  static SessionLine parse(String line) throws ProtocolException {
    String raw = line + "\n";
    if (line.isEmpty()) {
      return new SessionLine("", Map.of(), "", raw);
    }
    if (!line.startsWith("//") || line.length() > MAX_LENGTH) {
      throw malformed(line);
    }
    int hash = line.indexOf('#');
    String kind = hash < 0 ? "" : line.substring(hash + 1);
    String reference = line.substring(2, hash < 0 ? line.length() : hash);
    int query = reference.indexOf('?');
    String what = query < 0 ? reference : reference.substring(0, query);
    if (!isWord(what) || (hash >= 0 && !isWord(kind))) {
      throw malformed(line);
    }
    Map<String, String> fields = new LinkedHashMap<>();
    for (int from = query + 1; query >= 0 && from <= reference.length(); ) {
      int to = reference.indexOf('&', from);
      to = to < 0 ? reference.length() : to;
      field(line, reference.substring(from, to), fields);
      from = to + 1;
    }
    return new SessionLine(what, Collections.unmodifiableMap(fields), kind, raw);
  }

  private static void field(String line, String text, Map<String, String> fields)
      throws ProtocolException {
    int equals = text.indexOf('=');
    if (equals < 1 || !isWord(text.substring(0, equals).replace('_', 'x'))) {
      throw malformed(line);
    }
    String name = text.substring(0, equals);
    String value = decode(text.substring(equals + 1));
    if (value == null) {
      throw malformed(line);
    }
    if (fields.put(name, value) != null) {
      throw new ProtocolException("a line gives " + shown(name) + " twice: " + shown(line));
    }
  }

  /** Null when it has a character that must be escaped, a broken escape, or is not UTF-8. */
  private static String decode(String value) {
    ByteBuffer bytes = ByteBuffer.allocate(value.length());
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (isPlain(c)) {
        bytes.put((byte) c);
      } else if (c == '%' && i + 2 < value.length()) {
        char high = value.charAt(++i);
        char low = value.charAt(++i);
        if (!HexFormat.isHexDigit(high) || !HexFormat.isHexDigit(low)) {
          return null;
        }
        bytes.put((byte) (HexFormat.fromHexDigit(high) << 4 | HexFormat.fromHexDigit(low)));
      } else {
        return null;
      }
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(bytes.flip()).toString();
    } catch (CharacterCodingException e) {
      return null;
    }
  }

  boolean isBlank() {
    return what.isEmpty();
  }

  boolean is(String expected) {
    return what.equals(expected);
  }

  boolean has(String name) {
    return fields.containsKey(name);
  }

  /**
   * The value of a field.
   *
   * @throws ProtocolException when it is missing
   */
  String get(String name) throws ProtocolException {
    String value = fields.get(name);
    if (value == null) {
      throw new ProtocolException("a //" + what + " line lacks " + name);
    }
    return value;
  }

  /**
   * The value of a field of so many hexadecimal digits, as bytes.
   *
   * @throws ProtocolException when it is missing or something else
   */
  byte[] hex(String name, int bytes) throws ProtocolException {
    byte[] value = Hex.decode(get(name));
    if (value == null || value.length != bytes) {
      throw new ProtocolException(
          name + " of a //" + what + " line is not " + 2 * bytes + " hexadecimal digits");
    }
    return value;
  }

  /**
   * The value of a field that is a decimal number.
   *
   * @throws ProtocolException when it is missing, not a number, or not within the limits
   */
  long number(String name, long least, long most) throws ProtocolException {
    String text = get(name);
    long value = -1;
    if (!text.isEmpty()
        && text.length() <= 19
        && text.chars().allMatch(c -> c >= '0' && c <= '9')) {
      try {
        value = Long.parseLong(text);
      } catch (NumberFormatException e) {
        value = -1; // more than a long holds
      }
    }
    if (value < least || value > most) {
      throw new ProtocolException(
          name + " of a //" + what + " line is not a number from " + least + " to " + most);
    }
    return value;
  }

  /** Without its fields, of which some are secrets. */
  @Override
  public String toString() {
    return "//" + what;
  }

  private static ProtocolException malformed(String line) {
    return new ProtocolException("a line is not of the form //what?name=value: " + shown(line));
  }

  private static String shown(String text) {
    return text.length() <= 40 ? text : text.substring(0, 40) + "…";
  }
}
