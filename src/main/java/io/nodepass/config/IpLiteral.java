package io.nodepass.config;

/** Tells IP addresses from names by their spelling. */
final class IpLiteral {
  private IpLiteral() {}

  /** Whether this is four decimal numbers 0..255 with dots between. */
  static boolean isIpv4(String text) {
    int parts = 1;
    int digits = 0;
    int value = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '.') {
        if (digits == 0) {
          return false;
        }
        parts++;
        digits = 0;
        value = 0;
      } else if (c >= '0' && c <= '9') {
        // A leading zero is octal to some and decimal to others: refused.
        if (digits > 0 && value == 0) {
          return false;
        }
        value = value * 10 + (c - '0');
        digits++;
        if (value > 255) {
          return false;
        }
      } else {
        return false;
      }
    }
    return parts == 4 && digits > 0;
  }

  /** Whether this is an IPv6 address (RFC 4291, section 2.2), without brackets and zone. */
  static boolean isIpv6(String text) {
    int gap = text.indexOf("::");
    if (gap < 0) {
      return groups(text, true) == 8;
    }
    String before = text.substring(0, gap);
    String after = text.substring(gap + 2);
    int left = before.isEmpty() ? 0 : groups(before, false);
    int right = after.isEmpty() ? 0 : groups(after, true);
    return left >= 0 && right >= 0 && left + right <= 7;
  }

  /** How many 16-bit groups stand here, or -1; the last two may be written as IPv4. */
  private static int groups(String text, boolean mayEndInIpv4) {
    int count = 0;
    int start = 0;
    while (true) {
      int colon = text.indexOf(':', start);
      String group = colon < 0 ? text.substring(start) : text.substring(start, colon);
      if (colon < 0 && mayEndInIpv4 && isIpv4(group)) {
        return count + 2;
      }
      if (!isGroup(group)) {
        return -1;
      }
      count++;
      if (colon < 0) {
        return count;
      }
      start = colon + 1;
    }
  }

  private static boolean isGroup(String text) {
    if (text.isEmpty() || text.length() > 4) {
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      if (HexDigit.of(text.charAt(i)) < 0) {
        return false;
      }
    }
    return true;
  }
}
