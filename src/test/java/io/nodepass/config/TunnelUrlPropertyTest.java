package io.nodepass.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.nodepass.telemetry.Level;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

class TunnelUrlPropertyTest {
  private static final String SECRET = "hunter2";

  /** A good URL and what must come out of it. */
  record Good(Role role, Endpoint tunnel, Endpoint target, Level log, PortRange ports, int max) {
    String url() {
      return role.name().toLowerCase(Locale.ROOT)
          + "://"
          + text(tunnel)
          + "/"
          + text(target)
          + "?log="
          + log.name().toLowerCase(Locale.ROOT)
          + (role == Role.SERVER ? "&ports=" + ports.low() + "-" + ports.high() : "")
          + "&min=1&max="
          + max;
    }

    private static String text(Endpoint endpoint) {
      return endpoint.toString().replace("%", "%25");
    }
  }

  @Property
  void aGoodUrlComesBackAsItWasMeant(@ForAll("good") Good good) throws ConfigException {
    TunnelConfig config = parse(good.url());
    assertEquals(good.role, config.role());
    assertEquals(good.tunnel, config.tunnel());
    assertEquals(good.target, config.target());
    assertEquals(good.log, config.log());
    assertEquals(good.max, config.limits().maxPool());
    if (good.role == Role.SERVER) {
      assertEquals(good.ports, config.dataPorts());
    }
    assertEquals(config, parse(config.display()));
  }

  @Property
  void garbageIsRefusedWithAOneLineMessage(@ForAll String url) {
    readOrRefuse(url);
  }

  @Property(tries = 3000)
  void almostUrlsAreReadOrRefusedWithAOneLineMessage(@ForAll("almost") String url) {
    readOrRefuse(url);
  }

  @Property(tries = 3000)
  void aKeyIsNeverShownWhateverElseIsWrong(
      @ForAll("start") String start,
      @ForAll("almost") String around,
      @ForAll("almost") String end) {
    // The key stands somewhere before an at sign, with the worst that people put in passwords.
    String url = start + around + SECRET + around + "@" + end;
    // Where complete addresses come first, what follows is no key, but a part of the parameters.
    String said = said(url);
    assertFalse(said.contains(SECRET) && !addressesComeFirst(url), url + "\n" + said);
  }

  @Property
  void aKeyRightBehindTheSchemeIsNeverShown(
      @ForAll("start") String start, @ForAll("keyTail") String tail, @ForAll("almost") String end) {
    String url = start + SECRET + tail + "@" + end;
    assertFalse(said(url).contains(SECRET), said(url));
  }

  @Property
  void aKeyComesBackAsItWasMeantAndIsShownNowhere(
      @ForAll("good") Good good, @ForAll("key") String key) throws ConfigException {
    String secret = SECRET + key;
    String url = good.url().replace("://", "://" + encoded(secret) + "@");
    TunnelConfig config = parse(url);
    assertEquals(new KeySource(KeySource.Origin.URL, secret), config.key().orElseThrow());
    assertEquals(good.tunnel, config.tunnel());
    assertEquals(good.url().replace("://", "://***@"), config.display());
    assertFalse(config.toString().contains(SECRET), config::toString);
  }

  /** Everything escaped that may not stand in a URL or has a meaning there. */
  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /** All that can be heard of a URL. */
  private static String said(String url) {
    try {
      return parse(url).toString();
    } catch (ConfigException e) {
      return e.getMessage();
    }
  }

  @Property
  void noEnvironmentCanBreakAGoodUrl(
      @ForAll Variable variable, @ForAll String value, @ForAll("number") String number)
      throws ConfigException {
    for (String text : List.of(value, number)) {
      List<String> warnings = new ArrayList<>();
      TunnelConfig config =
          TunnelUrl.parse("client://h:1/h:2", Map.of(variable.name(), text), warnings::add);
      Limits limits = config.limits();
      assertFalse(limits.semaphore() < 1 || limits.minPool() < 1 || limits.udpBuffer() < 1);
      assertFalse(limits.minPool() > limits.maxPool() || limits.udpBuffer() > 65507);
      assertFalse(warnings.size() > 1, warnings::toString);
    }
  }

  private static boolean addressesComeFirst(String url) {
    int query = url.indexOf('?');
    try {
      parse(query < 0 ? url : url.substring(0, query));
      return true;
    } catch (ConfigException e) {
      return false;
    }
  }

  private static TunnelConfig parse(String url) throws ConfigException {
    return TunnelUrl.parse(url, Map.of(), warning -> {});
  }

  private static void readOrRefuse(String url) {
    try {
      parse(url);
    } catch (ConfigException e) {
      String message = e.getMessage();
      assertFalse(message.isEmpty());
      assertFalse(message.chars().anyMatch(Character::isISOControl), message);
      assertFalse(message.length() > 1000, message);
    }
  }

  @Provide
  Arbitrary<Good> good() {
    Arbitrary<PortRange> ports =
        Combinators.combine(
                Arbitraries.integers().between(1, 65_535), Arbitraries.integers().between(0, 999))
            .as((low, more) -> new PortRange(low, Math.min(65_535, low + more)));
    return Combinators.combine(
            Arbitraries.of(Role.class),
            endpoints(),
            endpoints(),
            Arbitraries.of(Level.class),
            ports,
            Arbitraries.integers().between(1, Integer.MAX_VALUE))
        .as(Good::new);
  }

  private static Arbitrary<Endpoint> endpoints() {
    Arbitrary<Integer> bytes = Arbitraries.integers().between(0, 255);
    Arbitrary<String> ipv4 =
        Combinators.combine(bytes, bytes, bytes, bytes)
            .as((a, b, c, d) -> a + "." + b + "." + c + "." + d);
    Arbitrary<List<String>> groups =
        Arbitraries.integers().between(0, 0xffff).map(Integer::toHexString).list().ofSize(8);
    Arbitrary<String> ipv6 =
        Combinators.combine(groups, Arbitraries.integers().between(0, 7), Arbitraries.of("", "%e0"))
            .as((all, head, zone) -> gap(all, head) + zone);
    Arbitrary<String> names =
        Arbitraries.strings()
            .withCharRange('a', 'z')
            .withChars('-', '_')
            .ofMinLength(1)
            .ofMaxLength(253);
    Arbitrary<String> hosts = Arbitraries.oneOf(Arbitraries.just(""), ipv4, ipv6, names);
    return Combinators.combine(hosts, Arbitraries.integers().between(1, 65_535)).as(Endpoint::new);
  }

  /** The first groups, then a gap; no gap after seven. */
  private static String gap(List<String> groups, int head) {
    return head == 7
        ? String.join(":", groups)
        : String.join(":", groups.subList(0, head)) + "::" + groups.get(7);
  }

  @Provide
  Arbitrary<String> start() {
    return Arbitraries.of(
        "server://", "client://", "master://", "Server://", "server:", "server:/", "://", "");
  }

  @Provide
  Arbitrary<String> keyTail() {
    return Arbitraries.strings().withChars("/?#:%&=[].!$").withCharRange('a', 'f').ofMaxLength(12);
  }

  @Provide
  Arbitrary<String> almost() {
    Arbitrary<String> pieces =
        Arbitraries.of(
            "server",
            "client",
            "://",
            ":",
            "/",
            "?",
            "&",
            "=",
            "#",
            "%",
            "%25",
            "[",
            "]",
            "[::1]",
            "h",
            "h:1",
            ":80",
            "1.2.3.4",
            "65536",
            "log",
            "log=info",
            "tls=1",
            "ports=1-2",
            "min=1",
            "via=http://x",
            "name=x",
            " ",
            "\n",
            "\u001b",
            "\u00fc",
            "a",
            "7");
    return pieces.list().ofMaxSize(12).map(list -> String.join("", list));
  }

  @Provide
  Arbitrary<String> key() {
    return Arbitraries.strings()
        .withChars("/?#:%&=@[]+ ~\u00fc\u5bc6")
        .withCharRange('a', 'f')
        .ofMaxLength(40);
  }

  @Provide
  Arbitrary<String> number() {
    return Arbitraries.longs().map(String::valueOf);
  }
}
