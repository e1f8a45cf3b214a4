package io.nodepass.testkit;

import java.io.IOException;
import java.net.ProtocolException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A line of the session dialect, written and read by docs/protocol.md, "Lines", alone.
 *
 * @param what empty for a blank line
 * @param fields decoded, in their order
 * @param kind what stands behind the {@code #}, or nothing
 * @param raw the line as it went over the wire, with its LF
 */
public record SessionText(String what, Map<String, String> fields, String kind, String raw) {
  static final int LONGEST = 1024;

  private static final String WORD =
      "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  private static final String PLAIN = WORD + "-._~:";

  /** A line with these names and values, by turns. */
  public static SessionText of(String what, String... namesAndValues) {
    return ofKind(what, "", namesAndValues);
  }

  /** As above, with a kind. */
  public static SessionText ofKind(String what, String kind, String... namesAndValues) {
    Map<String, String> fields = new LinkedHashMap<>();
    StringBuilder raw = new StringBuilder("//").append(what);
    for (int i = 0; i < namesAndValues.length; i += 2) {
      fields.put(namesAndValues[i], namesAndValues[i + 1]);
      raw.append(i == 0 ? '?' : '&').append(namesAndValues[i]).append('=');
      raw.append(escaped(namesAndValues[i + 1]));
    }
    if (!kind.isEmpty()) {
      raw.append('#').append(kind);
    }
    return new SessionText(what, fields, kind, raw.append('\n').toString());
  }

  private static String escaped(String value) {
    StringBuilder text = new StringBuilder();
    for (byte each : value.getBytes(StandardCharsets.UTF_8)) {
      if (each > 0 && PLAIN.indexOf(each) >= 0) {
        text.append((char) each);
      } else {
        text.append('%').append(hexDigit(each >> 4)).append(hexDigit(each));
      }
    }
    return text.toString();
  }

  private static char hexDigit(int nibble) {
    return "0123456789ABCDEF".charAt(nibble & 15);
  }

  /** Takes a line apart that has its LF. */
  public static SessionText parse(String raw) throws IOException {
    String line = raw.substring(0, raw.length() - 1);
    if (line.isEmpty()) {
      return new SessionText("", Map.of(), "", raw);
    }
    need(line.startsWith("//") && line.length() <= LONGEST, raw);
    String[] halves = line.substring(2).split("#", 2);
    String[] parts = halves[0].split("\\?", 2);
    need(isMadeOf(parts[0], WORD), raw);
    Map<String, String> fields = new LinkedHashMap<>();
    if (parts.length == 2) {
      for (String field : parts[1].split("&", -1)) {
        String[] pair = field.split("=", 2);
        need(pair.length == 2 && isMadeOf(pair[0], WORD + "_"), raw);
        need(fields.put(pair[0], unescaped(pair[1], raw)) == null, raw);
      }
    }
    return new SessionText(parts[0], fields, halves.length == 2 ? halves[1] : "", raw);
  }

  private static String unescaped(String value, String raw) throws IOException {
    byte[] bytes = new byte[value.length()];
    int length = 0;
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == '%') {
        need(i + 2 < value.length() && isMadeOf(value.substring(i + 1, i + 3), HEX), raw);
        bytes[length++] = (byte) Integer.parseInt(value.substring(i + 1, i + 3), 16);
        i += 2;
      } else {
        need(PLAIN.indexOf(c) >= 0, raw);
        bytes[length++] = (byte) c;
      }
    }
    return new String(bytes, 0, length, StandardCharsets.UTF_8);
  }

  private static final String HEX = "0123456789abcdefABCDEF";

  private static boolean isMadeOf(String text, String set) {
    return !text.isEmpty() && text.chars().allMatch(c -> set.indexOf(c) >= 0);
  }

  private static void need(boolean condition, String raw) throws IOException {
    if (!condition) {
      throw new ProtocolException("malformed: " + raw.strip());
    }
  }

  boolean is(String expected) {
    return what.equals(expected);
  }

  /** The value of a field that must be there. */
  public String get(String name) throws IOException {
    String value = fields.get(name);
    need(value != null, raw);
    return value;
  }

  /** The same, which must be so many hexadecimal digits. */
  String hex(String name, int digits) throws IOException {
    String value = get(name);
    need(value.length() == digits && isMadeOf(value, "0123456789abcdef"), raw);
    return value;
  }
}
