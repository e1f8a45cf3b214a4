package io.nodepass.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nodepass.telemetry.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TunnelUrlTest {
  private final List<String> warnings = new ArrayList<>();

  private TunnelConfig parse(String url, Map<String, String> env) throws ConfigException {
    return TunnelUrl.parse(url, env, warnings::add);
  }

  private TunnelConfig parse(String url) throws ConfigException {
    return parse(url, Map.of());
  }

  private String error(String url, Map<String, String> env) {
    return assertThrows(ConfigException.class, () -> parse(url, env), url).getMessage();
  }

  private String error(String url) {
    return error(url, Map.of());
  }

  private static Endpoint at(String host, int port) {
    return new Endpoint(host, port);
  }

  @Test
  void aUrlWithoutParametersGetsTheDefaults() throws ConfigException {
    TunnelConfig config = parse("server://:10101/127.0.0.1:8080");
    assertEquals(
        new TunnelConfig(
            Role.SERVER,
            at("", 10101),
            at("127.0.0.1", 8080),
            "",
            Direction.AUTO,
            TransportType.AUTO,
            Dialect.AUTO,
            TlsSettings.of(TlsMode.NONE),
            Optional.empty(),
            Level.INFO,
            0,
            PortRange.LEGACY,
            512,
            Limits.DEFAULTS,
            "server://:10101/127.0.0.1:8080"),
        config);
    assertEquals(List.of(), warnings);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'' | NONE",
        "tls=0 | NONE",
        "tls=1 | SELF_SIGNED",
        "tls=2 | VERIFIED",
        "ca=roots.pem | VERIFIED",
        "pin=sha256:00 | SELF_SIGNED",
        "pin=sha256:00&tls=2 | VERIFIED",
        "pin=sha256:00&ca=roots.pem | VERIFIED"
      })
  void aClientThatNamesACertificateMeansItToBeLookedAt(String query, TlsMode least)
      throws ConfigException {
    TlsSettings tls = parse("client://h:1/h:2?" + query).tls();
    assertEquals(least, tls.mode());
    assertEquals(query.contains("ca="), tls.ca().isPresent());
    assertEquals(query.contains("pin="), tls.pin().isPresent());
  }

  @Test
  void aServerTakesItsCertificateAndKeyFromPaths() throws ConfigException {
    assertEquals(
        new TlsSettings(
            TlsMode.VERIFIED,
            Optional.of("/etc/a b.pem"),
            Optional.of("k.pem"),
            Optional.empty(),
            Optional.empty()),
        parse("server://h:1/h:2?tls=2&crt=/etc/a%20b.pem&key=k.pem").tls());
  }

  @Test
  void theDefaultOfEveryVariableIsTheOneOfLimits() throws ConfigException {
    StringBuilder url = new StringBuilder("client://h:1/h:2?");
    for (Variable variable : Variable.values()) {
      url.append('&').append(variable.parameter()).append('=').append(variable.defaultText());
    }
    assertEquals(Limits.DEFAULTS, parse(url.toString()).limits());
  }

  @ParameterizedTest
  @CsvSource({
    "0.0.0.0:1, 0.0.0.0, 1",
    "[::1]:80, ::1, 80",
    "[::]:80, ::, 80",
    "[2001:db8:1:2:3:4:5:6]:80, 2001:db8:1:2:3:4:5:6, 80",
    "[::ffff:10.0.0.1]:80, ::ffff:10.0.0.1, 80",
    "[fe80::1%25eth0]:80, fe80::1%eth0, 80",
    "[fe80::1%eth0]:80, fe80::1%eth0, 80",
    "web-service:65535, web-service, 65535",
    "a_b.Example.com.:80, a_b.Example.com., 80",
    ":10101, '', 10101",
    "host:00080, host, 80",
  })
  void bothAddressesTakeNamesAndLiterals(String text, String host, int port)
      throws ConfigException {
    TunnelConfig server = parse("server://" + text + "/h:1");
    assertEquals(at(host, port), server.tunnel());
    TunnelConfig client = parse("client://h:1/" + text);
    assertEquals(at(host, port), client.target());
    assertEquals("client://h:1/" + text, client.display());
  }

  @Test
  void theSchemeMayBeInCapitals() throws ConfigException {
    TunnelConfig config = parse("SERVER://h:1/h:2");
    assertEquals(Role.SERVER, config.role());
    assertEquals("server://h:1/h:2", config.display());
  }

  @Test
  void aServerMayListenOnPortZero() throws ConfigException {
    TunnelConfig config = parse("server://:0/:0");
    assertEquals(at("", 0), config.tunnel());
    assertEquals(at("", 0), config.target());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "client://h:0/h:1 | tunnel address \"h:0\" has port 0",
        "client://h:1/h:0 | target address \"h:0\" has port 0",
        "server://::1:80/h:1 | tunnel address \"::1:80\" is IPv6 without brackets: write [::1]:80",
        "server://h:1/fe80::1 | target address \"fe80::1\" is IPv6 without brackets and port:"
            + " write [fe80::1]:port",
        "server://h:1/::1 | is IPv6 without brackets and port: write [::1]:port",
        "server://h:1:2/h:3 | tunnel address \"h:1:2\" has more than one colon: write host:port",
        "server://h/h:1 | tunnel address \"h\" has no port",
        "server://h:/h:1 | tunnel address \"h:\" has no port",
        "server://[::1]/h:1 | tunnel address \"[::1]\" has no port",
        "server://[::1]:/h:1 | tunnel address \"[::1]:\" has no port",
        "server://[::1/h:1 | tunnel address \"[::1\" lacks the closing bracket",
        "server://[::1]80/h:1 | tunnel address \"[::1]80\" has something else than :port",
        "server://[h]:80/h:1 | tunnel address \"[h]:80\" has no IPv6 address in its brackets",
        "server://[1:2]:80/h:1 | has no IPv6 address in its brackets",
        "server://[1::2::3]:80/h:1 | has no IPv6 address in its brackets",
        "server://[fe80::1%25]:80/h:1 | has an empty zone",
        "server://[fe80::1%25e!]:80/h:1 | has a zone that is no interface name",
        "server://h:65536/h:1 | tunnel address \"h:65536\" has a port out of range",
        "server://h:99999999999/h:1 | has a port out of range",
        "server://h:http/h:1 | tunnel address \"h:http\" has a port that is not a number",
        "server://h:-1/h:1 | has a port that is not a number",
        "server://1.2.3:80/h:1 | neither a name nor an IPv4 address",
        "server://1.2.3.256:80/h:1 | neither a name nor an IPv4 address",
        "server://a..b:80/h:1 | has a host with an empty or too long part",
        "server://a%20b:80/h:1 | has a host with a character that no name has",
        "server://b\u00fccher:80/h:1 | has a host with letters beyond ASCII: write its xn-- form",
        "server://h:1 | \"server://h:1\" has no target address",
        "server://h:1/ | has no target address",
        "server:///h:1 | has no tunnel address",
        "server://h:1/?log=info | has no target address",
        "server://h:1/h:2/x | goes on with \"/x\" after the target address \"h:2\"",
        "server://h:1/h:2/ | goes on with \"/\" after the target address",
        "server://h:1/h:2#x | ends in a fragment \"#x\"",
        "server://h:1/h:2?log=info#x | ends in a fragment \"#x\"",
        "master://h:1/h:2 | unknown scheme \"master\": use server:// or client://",
        "sever://h:1/h:2 | unknown scheme \"sever\": use server:// or client://; did you mean"
            + " server?",
        "://h:1/h:2 | unknown scheme \"\"",
        "h:1/h:2 | \"h:1/h:2\" is not the URL of a tunnel",
        "server:/h:1/h:2 | is not the URL of a tunnel: write server://<tunnel_addr>",
        "'' | the URL of the tunnel is empty",
        "server://h:1/h :2 | blank or control character at position 15",
        "server://h:1/h:2?=3 | has a parameter without a name, \"=3\"",
        "server://h:1/h:2?log=info&log=warn | parameter log is given twice",
        "server://h:1/h:2?log= | parameter log has no value",
        "server://h:1/h:2?log | parameter log has no value",
        "server://h:1/h:2?log=%zz | parameter log has a broken percent-escape in \"%zz\"",
        "server://h:1/h:2?log=%ff | parameter log has a broken percent-escape",
        "server://h:1/h:2?log=info%4 | parameter log has a broken percent-escape",
        "server://h:1/h:2?log=trace | log=\"trace\" is not a legal value: use debug, info, warn,"
            + " error, fatal",
        "server://h:1/h:2?tls=7 | tls=\"7\" is not a legal value: use 0, 1, 2",
        "server://h:1/h:2?tls=2 | tls=2 needs a certificate and its key: crt=<pem file> is",
        "server://h:1/h:2?tls=2&crt=c | tls=2 needs a certificate and its key: key=<pem file> is",
        "server://h:1/h:2?crt=c&key=k | parameter crt has no effect with tls=0: write tls=2",
        "server://h:1/h:2?tls=1&key=k | parameter key has no effect with tls=1: write tls=2",
        "server://h:1/h:2?key=k | given by secret_file=",
        "client://h:1/h:2?key=k | this is a client: a key that both ends share is given by",
        "client://h:1/h:2?tls=0&pin=x | parameter pin cannot be kept to with tls=0",
        "client://h:1/h:2?ca=c&tls=1 | parameter ca has no effect with tls=1",
        "client://h:1/h:2?ca=a%00b | is not the path of a file: it holds a NUL",
        "server://h:1/h:2?mode=3 | mode=\"3\" is not a legal value: use auto, reverse, forward",
        "server://h:1/h:2?type=udp | type=\"udp\" is not a legal value: use auto, tcp, quic",
        "server://h:1/h:2?proto=2 | proto=\"2\" is not a legal value: use auto, legacy, session",
        "server://h:1/h:2?loops=-1 | loops=\"-1\" is not a legal value: use 0 (one per core)",
        "server://h:1/h:2?loops=1025 | loops=\"1025\" is not a legal value",
        "server://h:1/h:2?unproven=15 | unproven=\"15\" is not a legal value: use 16 to 65536",
        "server://h:1/h:2?unproven=65537 | unproven=\"65537\" is not a legal value",
        "server://h:1/h:2?unproven=many | unproven=\"many\" is not a legal value",
        "client://h:1/h:2?unproven=16 | parameter unproven belongs to the server",
        "server://h:1/h:2?ports=9-8 | ports=\"9-8\" is not a range of ports: write lo-hi",
        "server://h:1/h:2?ports=80 | ports=\"80\" is not a range of ports",
        "server://h:1/h:2?ports=0-8 | ports=\"0-8\" is not a range of ports",
        "server://h:1/h:2?ports=1-65536 | ports=\"1-65536\" is not a range of ports",
        "client://h:1/h:2?ports=8-9 | parameter ports belongs to the server, this is a client",
        "client://h:1/h:2?crt=x | parameter crt belongs to the server",
        "server://h:1/h:2?via=x | parameter via belongs to the client, this is a server",
        "server://h:1/h:2?prots=8-9 | unknown parameter \"prots\"; did you mean ports?",
        "server://h:1/h:2?LOG=info | unknown parameter \"LOG\"; did you mean log?",
        "server://h:1/h:2?min_pool_capasity=1 | did you mean min_pool_capacity?",
        "server://h:1/h:2?colour=1 | unknown parameter \"colour\"",
        "server://h:1/h:2?min=x | parameter min: \"x\" is not a whole number from 0 to 2147483647",
        "server://h:1/h:2?min=-1 | parameter min: \"-1\" is not a whole number",
        "server://h:1/h:2?max=2147483648 | parameter max: \"2147483648\" is not a whole number",
        "server://h:1/h:2?report_interval=5 | parameter report_interval: duration \"5\" lacks a"
            + " unit",
        "server://h:1/h:2?report_interval=-5s | report_interval: duration \"-5s\" is negative",
        "server://h:1/h:2?min=1&min_pool_capacity=2 | parameter min_pool_capacity sets"
            + " min_pool_capacity, which is given already",
        "server://h:1/h:2?max_pool_capacity=1&max=2 | parameter max sets max_pool_capacity",
      })
  void everyMistakeHasItsOwnMessage(String url, String message) {
    String actual = error(url);
    assertTrue(actual.contains(message), actual);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "mode=forward",
        "mode=2",
        "type=quic",
        "type=ws",
        "type=wss",
        "type=1",
        "type=2",
        "name=x",
        "proxy_protocol=v1",
        "rate=1",
        "max_per_source=1",
        "allow=x",
        "deny=x",
        "path=/",
        "ingress=tcp",
        "notcp=1",
        "noudp=1",
        "udp_sessions=1",
        "splice=auto"
      })
  void whatIsPlannedForBothRolesSaysThatItIsNotYetThere(String parameter) {
    String name = parameter.substring(0, parameter.indexOf('='));
    for (String role : List.of("server", "client")) {
      String message = error(role + "://h:1/h:2?" + parameter);
      assertTrue(message.contains("not yet supported in this version"), message);
      assertTrue(message.contains(name), message);
    }
  }

  @ParameterizedTest
  @CsvSource({"server, lb", "server, clients", "client, via", "client, sni", "client, host"})
  void whatIsPlannedForOneRoleSaysThatItIsNotYetThere(String role, String name) {
    assertEquals(
        "parameter " + name + " is not yet supported in this version",
        error(role + "://h:1/h:2?" + name + "=x"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "hunter2@h:1/h:2",
        "server:hunter2@h:1/h:2",
        "server:/hunter2@h:1/h:2",
        "sever://hunter2@h:1/h:2",
        "hunter2://x@h:1/h:2",
        "server://hunter2 @h:1/h:2",
        "client://h:1/h:2?via=http://u:hunter2@proxy:80",
        "server://h:1/h:2?via=http://u:hunter2@proxy:80",
        "server://h:1/h:2?hunter2@x=1",
        "server://h:1/h:2?log=hunter2@x",
      })
  void noOtherMistakeShowsTheKey(String url) {
    String message = error(url);
    assertTrue(!message.contains("hunter2"), message);
  }

  @Test
  void everyParameterThatExistsIsRead() throws ConfigException {
    TunnelConfig config =
        parse(
            "server://h:1/h:2?log=debug&tls=0&mode=reverse&type=tcp&proto=legacy&loops=3"
                + "&ports=20000-20100&semaphore_limit=5&min=6&max=7&udp_data_buf_size=65535"
                + "&udp_read_timeout=1s&report_interval=2s&reload_interval=3s&service_cooldown=4s"
                + "&shutdown_timeout=5s&");
    assertEquals(Level.DEBUG, config.log());
    assertEquals(Direction.REVERSE, config.direction());
    assertEquals(TransportType.TCP, config.transport());
    assertEquals(Dialect.LEGACY, config.dialect());
    assertEquals(3, config.loops());
    assertEquals(new PortRange(20000, 20100), config.dataPorts());
    assertEquals(
        new Limits(
            5,
            6,
            7,
            65507,
            Duration.ofSeconds(1),
            Duration.ofSeconds(2),
            Duration.ofSeconds(3),
            Duration.ofSeconds(4),
            Duration.ofSeconds(5)),
        config.limits());
    assertEquals(List.of(), warnings);
  }

  @Test
  void theNumbersStandForWords() throws ConfigException {
    TunnelConfig config = parse("client://h:1/h:2?mode=1&type=0");
    assertEquals(Direction.REVERSE, config.direction());
    assertEquals(TransportType.TCP, config.transport());
    assertEquals(Direction.AUTO, parse("client://h:1/h:2?mode=0").direction());
  }

  @Test
  void valuesArePercentDecoded() throws ConfigException {
    assertEquals(Level.WARN, parse("client://h:1/h:2?log=%77ar%6E").log());
    assertEquals(
        Duration.ofMillis(2),
        parse("client://h:1/h:2?report_interval=2000%C2%B5s").limits().reportInterval());
  }
}
