package io.nodepass.config;

import io.nodepass.telemetry.Level;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/** What is known of a tunnel while its URL is read; each setter reads one parameter's value. */
final class TunnelDraft {
  private static final int MOST_LOOPS = 1024;
  private static final int HIGHEST_PORT = 65_535;
  private static final int LEAST_UNPROVEN = 16;
  private static final int MOST_UNPROVEN = 65_536;

  private static final Choice<Level> LOG =
      new Choice<Level>("log")
          .with("debug", Level.DEBUG)
          .with("info", Level.INFO)
          .with("warn", Level.WARN)
          .with("error", Level.ERROR)
          .with("fatal", Level.FATAL);
  private static final Choice<Direction> MODE =
      new Choice<Direction>("mode")
          .with("auto", Direction.AUTO)
          .with("reverse", Direction.REVERSE)
          .notYet("forward")
          .with("0", Direction.AUTO)
          .with("1", Direction.REVERSE)
          .notYet("2");
  private static final Choice<TransportType> TYPE =
      new Choice<TransportType>("type")
          .with("auto", TransportType.AUTO)
          .with("tcp", TransportType.TCP)
          .notYet("quic")
          .notYet("ws")
          .notYet("wss")
          .with("0", TransportType.TCP)
          .notYet("1")
          .notYet("2");
  private static final Choice<Dialect> PROTO =
      new Choice<Dialect>("proto")
          .with("auto", Dialect.AUTO)
          .with("legacy", Dialect.LEGACY)
          .with("session", Dialect.SESSION);

  private Level log = Level.INFO;
  private final TlsDraft tls = new TlsDraft();
  private final KeyDraft key = new KeyDraft();
  private Direction direction = Direction.AUTO;
  private TransportType transport = TransportType.AUTO;
  private Dialect dialect = Dialect.AUTO;
  private int loops;
  private PortRange dataPorts = PortRange.LEGACY;
  private int unproven = TunnelConfig.UNPROVEN;
  private final Map<Variable, Long> numbers = new EnumMap<>(Variable.class);

  void log(String value) throws ConfigException {
    log = LOG.parse(value);
  }

  TlsDraft tls() {
    return tls;
  }

  KeyDraft key() {
    return key;
  }

  void mode(String value) throws ConfigException {
    direction = MODE.parse(value);
  }

  void type(String value) throws ConfigException {
    transport = TYPE.parse(value);
  }

  void proto(String value) throws ConfigException {
    dialect = PROTO.parse(value);
  }

  void loops(String value) throws ConfigException {
    loops = DecimalNumber.parse(value);
    if (loops < 0 || loops > MOST_LOOPS) {
      throw new ConfigException(
          "loops="
              + Quoted.of(value)
              + " is not a legal value: use 0 (one per core) to "
              + MOST_LOOPS);
    }
  }

  void ports(String value) throws ConfigException {
    int dash = value.indexOf('-');
    int low = dash < 0 ? -1 : DecimalNumber.parse(value.substring(0, dash));
    int high = dash < 0 ? -1 : DecimalNumber.parse(value.substring(dash + 1));
    if (low < 1 || high < low || high > HIGHEST_PORT) {
      throw new ConfigException(
          "ports="
              + Quoted.of(value)
              + " is not a range of ports: write lo-hi with 1 <= lo <= hi <= "
              + HIGHEST_PORT
              + ", such as ports=20000-20100");
    }
    dataPorts = new PortRange(low, high);
  }

  void unproven(String value) throws ConfigException {
    unproven = DecimalNumber.parse(value);
    if (unproven < LEAST_UNPROVEN || unproven > MOST_UNPROVEN) {
      throw new ConfigException(
          "unproven="
              + Quoted.of(value)
              + " is not a legal value: use "
              + LEAST_UNPROVEN
              + " to "
              + MOST_UNPROVEN);
    }
  }

  /** Sets a number from the URL under the name that was used there. */
  void number(Variable variable, String name, String value) throws ConfigException {
    if (numbers.containsKey(variable)) {
      throw new ConfigException(
          "parameter " + name + " sets " + variable.parameter() + ", which is given already");
    }
    try {
      numbers.put(variable, variable.parse(value));
    } catch (ConfigException e) {
      throw new ConfigException("parameter " + name + ": " + e.getMessage());
    }
  }

  /** Completes what the URL left open from the environment. */
  void environment(Map<String, String> env, Consumer<String> warnings) throws ConfigException {
    key.environment(env);
    for (Variable variable : Variable.values()) {
      String value = env.get(variable.name());
      // An empty variable counts as unset: container descriptions often pass one on.
      if (value == null || value.isEmpty() || numbers.containsKey(variable)) {
        continue;
      }
      try {
        numbers.put(variable, variable.parse(value));
      } catch (ConfigException e) {
        warnings.accept(
            "environment variable "
                + variable.name()
                + ": "
                + e.getMessage()
                + "; the default "
                + variable.defaultText()
                + " is used");
      }
    }
  }

  Limits limits(Consumer<String> warnings) {
    int min = count(Variable.MIN_POOL_CAPACITY, Limits.DEFAULTS.minPool());
    int max = count(Variable.MAX_POOL_CAPACITY, Limits.DEFAULTS.maxPool());
    if (min > max) {
      int given = min;
      if (!numbers.containsKey(Variable.MIN_POOL_CAPACITY)) {
        min = max;
        warnings.accept(poolWarning(given, max) + "the default minimum is lowered to " + min);
      } else if (!numbers.containsKey(Variable.MAX_POOL_CAPACITY)) {
        warnings.accept(poolWarning(min, max) + "the default maximum is raised to " + min);
        max = min;
      } else {
        warnings.accept(poolWarning(min, max) + "the two are swapped");
        min = max;
        max = given;
      }
    }
    Limits or = Limits.DEFAULTS;
    return new Limits(
        count(Variable.SEMAPHORE_LIMIT, or.semaphore()),
        min,
        max,
        count(Variable.UDP_DATA_BUF_SIZE, or.udpBuffer()),
        interval(Variable.UDP_READ_TIMEOUT, or.udpReadTimeout()),
        interval(Variable.REPORT_INTERVAL, or.reportInterval()),
        interval(Variable.RELOAD_INTERVAL, or.reloadInterval()),
        interval(Variable.SERVICE_COOLDOWN, or.cooldown()),
        interval(Variable.SHUTDOWN_TIMEOUT, or.shutdownTimeout()));
  }

  private static String poolWarning(int min, int max) {
    return "min_pool_capacity " + min + " is above max_pool_capacity " + max + ": ";
  }

  private int count(Variable variable, int otherwise) {
    return numbers.getOrDefault(variable, (long) otherwise).intValue();
  }

  private Duration interval(Variable variable, Duration otherwise) {
    Long nanos = numbers.get(variable);
    return nanos == null ? otherwise : Duration.ofNanos(nanos);
  }

  TunnelConfig build(Role role, Endpoint tunnel, Endpoint target, Limits limits, String display)
      throws ConfigException {
    Optional<KeySource> shared = key.settle(dialect);
    return new TunnelConfig(
        role,
        tunnel,
        target,
        "",
        direction,
        transport,
        dialect,
        tls.settings(role, shared, key.insecure()),
        shared,
        log,
        loops,
        dataPorts,
        unproven,
        limits,
        display);
  }
}
