package io.nodepass.config;

/** Reads {@code host:port} as it stands in a tunnel's URL. Nothing is looked up. */
final class EndpointText {
  private static final int HIGHEST_PORT = 65_535;

  private final String what;
  private final String text;

  /**
   * An address to read.
   *
   * @param what what a message calls it, such as "tunnel address"
   */
  EndpointText(String what, String text) {
    this.what = what;
    this.text = text;
  }

  /**
   * The endpoint; its host may be empty.
   *
   * @param listens whether port 0 makes sense
   */
  Endpoint parse(boolean listens) throws ConfigException {
    if (text.startsWith("[")) {
      int close = text.indexOf(']');
      if (close < 0) {
        throw wrong("lacks the closing bracket: write [IPv6]:port, such as [::1]:10101");
      }
      String host = bracketed(text.substring(1, close));
      if (close + 1 == text.length()) {
        throw noPort();
      }
      if (text.charAt(close + 1) != ':') {
        throw wrong("has something else than :port after the bracket: write [IPv6]:port");
      }
      return new Endpoint(host, port(text.substring(close + 2), listens));
    }
    int colon = text.lastIndexOf(':');
    if (colon < 0) {
      throw noPort();
    }
    if (text.indexOf(':') != colon) {
      throw tooManyColons(colon);
    }
    String host = text.substring(0, colon);
    checkHost(host);
    return new Endpoint(host, port(text.substring(colon + 1), listens));
  }

  /** Most often an IPv6 address without brackets; with a port or not, nobody can tell for sure. */
  private ConfigException tooManyColons(int lastColon) {
    String before = text.substring(0, lastColon);
    String port = text.substring(lastColon + 1);
    if (IpLiteral.isIpv6(before) && DecimalNumber.parse(port) >= 0) {
      return wrong("is IPv6 without brackets: write [" + before + "]:" + port);
    }
    if (IpLiteral.isIpv6(text)) {
      return wrong("is IPv6 without brackets and port: write [" + text + "]:port");
    }
    return wrong("has more than one colon: write host:port, or [IPv6]:port");
  }

  private int port(String digits, boolean listens) throws ConfigException {
    if (digits.isEmpty()) {
      throw noPort();
    }
    for (int i = 0; i < digits.length(); i++) {
      if (digits.charAt(i) < '0' || digits.charAt(i) > '9') {
        throw wrong("has a port that is not a number: use 1 to " + HIGHEST_PORT);
      }
    }
    int port = DecimalNumber.parse(digits);
    if (port < 0 || port > HIGHEST_PORT) {
      throw wrong("has a port out of range: use 1 to " + HIGHEST_PORT);
    }
    if (port == 0 && !listens) {
      throw wrong("has port 0, which only a listening side can use: give the real port");
    }
    return port;
  }

  private void checkHost(String host) throws ConfigException {
    boolean numeric = !host.isEmpty();
    for (int i = 0; i < host.length(); i++) {
      char c = host.charAt(i);
      boolean digitOrDot = (c >= '0' && c <= '9') || c == '.';
      if (!digitOrDot && !isLetter(c) && c != '-' && c != '_') {
        throw wrong(
            c > 0x7e
                ? "has a host with letters beyond ASCII: write its xn-- form"
                : "has a host with a character that no name has: use letters, digits, - and .");
      }
      numeric &= digitOrDot;
    }
    if (numeric && !IpLiteral.isIpv4(host)) {
      throw wrong("has a host that is neither a name nor an IPv4 address: use four numbers 0-255");
    }
    if (host.startsWith(".") || host.contains("..") || host.length() > 253) {
      throw wrong("has a host with an empty or too long part: use a name like host.example.com");
    }
  }

  /** Takes the zone from behind {@code %25}; a plain {@code %}, as shells show it, does as well. */
  private String bracketed(String inner) throws ConfigException {
    int percent = inner.indexOf('%');
    String address = percent < 0 ? inner : inner.substring(0, percent);
    if (!IpLiteral.isIpv6(address)) {
      throw wrong("has no IPv6 address in its brackets: write [IPv6]:port, such as [::1]:10101");
    }
    if (percent < 0) {
      return address;
    }
    String zone = inner.substring(inner.startsWith("%25", percent) ? percent + 3 : percent + 1);
    if (zone.isEmpty()) {
      throw wrong("has an empty zone: write [fe80::1%25eth0]:port");
    }
    for (int i = 0; i < zone.length(); i++) {
      char c = zone.charAt(i);
      if (!isLetter(c) && !(c >= '0' && c <= '9') && "-._~".indexOf(c) < 0) {
        throw wrong("has a zone that is no interface name: write [fe80::1%25eth0]:port");
      }
    }
    return address + '%' + zone;
  }

  private static boolean isLetter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  }

  private ConfigException noPort() {
    return wrong("has no port: write host:port, or :port for an empty host");
  }

  private ConfigException wrong(String how) {
    return new ConfigException(what + " " + Quoted.of(text) + " " + how);
  }
}
