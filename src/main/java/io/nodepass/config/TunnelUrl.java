package io.nodepass.config;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Reads the one line that describes a tunnel: {@code
 * server|client://[<key>@]<tunnel_addr>/<target_addr>?name=value&...}. Does no I/O, looks no name
 * up.
 *
 * <p>A key may stand before the tunnel address and an {@code @}. It never gets into a message,
 * whatever else is wrong: what contains an at sign is not quoted, and when the addresses cannot be
 * read and there is one anywhere behind them, the whole is taken for a key that has a slash or a
 * question mark in it.
 */
public final class TunnelUrl {
  private static final String FORM =
      "write server://<tunnel_addr>/<target_addr> or client://<tunnel_addr>/<target_addr>";
  private static final List<String> SCHEMES = List.of("server", "client");

  private final TunnelDraft draft = new TunnelDraft();
  private final String url;
  private final Role role;
  private final String whole;

  private TunnelUrl(String url) throws ConfigException {
    this.url = url;
    checkCharacters(url);
    int separator = url.indexOf("://");
    if (separator < 0) {
      throw new ConfigException(Quoted.of(url) + " is not the URL of a tunnel: " + FORM);
    }
    this.role = role(url, url.substring(0, separator));
    this.whole = url.substring(separator + 3);
  }

  /**
   * Reads a tunnel's URL and completes it from the environment.
   *
   * @param env the environment; only the variables of {@link Variable} and the key are looked at
   * @param warnings takes one line for each value that was replaced by something else
   * @throws ConfigException when the URL cannot be used; the message is fit to be shown
   */
  public static TunnelConfig parse(String url, Map<String, String> env, Consumer<String> warnings)
      throws ConfigException {
    return new TunnelUrl(url).parse(env, warnings);
  }

  /** The names of the URL parameters that this version supports. */
  public static List<String> supportedParameters() {
    return Parameter.supported();
  }

  private TunnelConfig parse(Map<String, String> env, Consumer<String> warnings)
      throws ConfigException {
    int at = keyEnd();
    if (at >= 0) {
      draft.key().url(whole.substring(0, at));
    }
    String rest = whole.substring(at + 1);
    int end = firstOf(rest, '?', '#');
    String addresses = rest.substring(0, end);
    if (Quoted.mayHoldKey(addresses)) {
      throw misplacedKey();
    }
    Endpoint tunnel;
    Endpoint target;
    int slash = addresses.indexOf('/');
    try {
      tunnel = endpoint("tunnel address", slash < 0 ? addresses : addresses.substring(0, slash));
      target = target(slash < 0 ? "" : addresses.substring(slash + 1));
    } catch (ConfigException e) {
      throw Quoted.mayHoldKey(rest) ? misplacedKey() : e;
    }
    int hash = rest.indexOf('#', end);
    if (hash >= 0) {
      throw new ConfigException(
          "the URL ends in a fragment "
              + Quoted.of(rest.substring(hash))
              + ", which has no meaning here: leave it out, or write # as %23");
    }
    if (end < rest.length()) {
      parameters(rest.substring(end + 1));
    }
    draft.environment(env, warnings);
    String display = word() + "://" + (at < 0 ? "" : "***@") + rest;
    return draft.build(role, tunnel, target, draft.limits(warnings), display);
  }

  /** Where the at sign is that ends the key, or -1: none in the part up to the first slash. */
  private int keyEnd() {
    int end = firstOf(whole, '?', '#');
    int slash = whole.indexOf('/');
    return whole.lastIndexOf('@', (slash < 0 ? end : Math.min(slash, end)) - 1);
  }

  private String word() {
    return role.name().toLowerCase(Locale.ROOT);
  }

  private static void checkCharacters(String url) throws ConfigException {
    if (url.isEmpty()) {
      throw new ConfigException("the URL of the tunnel is empty: " + FORM);
    }
    for (int i = 0; i < url.length(); i++) {
      char c = url.charAt(i);
      if (c <= ' ' || Character.isISOControl(c) || Character.isWhitespace(c)) {
        throw new ConfigException(
            "the URL has a blank or control character at position "
                + (i + 1)
                + ": write it percent-encoded, a blank as %20");
      }
    }
  }

  private static Role role(String url, String scheme) throws ConfigException {
    int known = SCHEMES.indexOf(scheme.toLowerCase(Locale.ROOT));
    if (known >= 0) {
      return known == 0 ? Role.SERVER : Role.CLIENT;
    }
    // With a key about, nobody can tell whether this is a scheme or a part of the key.
    boolean shown = !Quoted.mayHoldKey(url);
    throw new ConfigException(
        "unknown scheme "
            + (shown ? Quoted.of(scheme) : "(not shown, the URL may hold a key)")
            + ": use server:// or client://"
            + (shown ? NearestName.hint(scheme, SCHEMES) : ""));
  }

  private Endpoint target(String text) throws ConfigException {
    int slash = text.indexOf('/');
    if (slash >= 0) {
      throw new ConfigException(
          "the URL goes on with "
              + Quoted.of(text.substring(slash))
              + " after the target address "
              + Quoted.of(text.substring(0, slash))
              + ": nothing but ?parameters may follow");
    }
    return endpoint("target address", text);
  }

  private Endpoint endpoint(String what, String text) throws ConfigException {
    if (text.isEmpty()) {
      throw new ConfigException("the URL " + Quoted.of(url) + " has no " + what + ": " + FORM);
    }
    return new EndpointText(what, text).parse(role == Role.SERVER);
  }

  private void parameters(String query) throws ConfigException {
    Set<String> seen = new HashSet<>();
    for (int from = 0; from < query.length(); ) {
      int to = query.indexOf('&', from);
      to = to < 0 ? query.length() : to;
      if (to > from) {
        parameter(query.substring(from, to), seen);
      }
      from = to + 1;
    }
  }

  private void parameter(String text, Set<String> seen) throws ConfigException {
    int equals = text.indexOf('=');
    String name = equals < 0 ? text : text.substring(0, equals);
    if (name.isEmpty()) {
      throw new ConfigException(
          "the URL has a parameter without a name, " + Quoted.of(text) + ": write name=value");
    }
    Parameter parameter = Parameter.named(name, role);
    if (!seen.add(name)) {
      throw new ConfigException("parameter " + name + " is given twice: give it once");
    }
    String value = equals < 0 ? "" : PercentCoding.decode(text.substring(equals + 1));
    if (value == null) {
      throw new ConfigException(
          "parameter "
              + name
              + " has a broken percent-escape in "
              + Quoted.of(text.substring(equals + 1))
              + ": a % itself is written %25");
    }
    if (value.isEmpty()) {
      throw new ConfigException(
          "parameter " + name + " has no value: write " + name + "=value or leave it out");
    }
    parameter.setting().apply(draft, value);
  }

  private static int firstOf(String text, char one, char other) {
    int a = text.indexOf(one);
    int b = text.indexOf(other);
    int end = text.length();
    return Math.min(a < 0 ? end : a, b < 0 ? end : b);
  }

  private ConfigException misplacedKey() {
    return new ConfigException(
        "the URL has an @ where none can be read (not shown, it may hold a key): write "
            + word()
            + "://<key>@<tunnel_addr>/<target_addr>, and within the key / ? # @ % as %2F %3F %23"
            + " %40 %25");
  }
}
