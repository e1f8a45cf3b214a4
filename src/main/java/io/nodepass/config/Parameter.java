package io.nodepass.config;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A parameter that a tunnel's URL may carry. {@link #TABLE} is the one place that knows them all: a
 * feature that arrives replaces its {@code notYet} there by a setter.
 *
 * @param name as it stands in the URL
 * @param role the only role that takes it, or null for both
 * @param setting what its value does to the draft, or null while it is not yet supported
 */
record Parameter(String name, Role role, Setting setting) {
  /** Reads a value, already percent-decoded and not empty, into a draft. */
  interface Setting {
    void apply(TunnelDraft draft, String value) throws ConfigException;
  }

  private static final Map<String, Parameter> TABLE = Collections.unmodifiableMap(table());

  private static Map<String, Parameter> table() {
    List<Parameter> all = new ArrayList<>();
    all.add(both("log", TunnelDraft::log));
    all.add(both("tls", (draft, value) -> draft.tls().mode(value)));
    all.add(only(Role.SERVER, "crt", (draft, value) -> draft.tls().crt(value)));
    all.add(only(Role.SERVER, "key", (draft, value) -> draft.tls().key(value)));
    all.add(only(Role.CLIENT, "ca", (draft, value) -> draft.tls().ca(value)));
    all.add(only(Role.CLIENT, "pin", (draft, value) -> draft.tls().pin(value)));
    all.add(both("secret_file", (draft, value) -> draft.key().file(value)));
    all.add(both("insecure", (draft, value) -> draft.key().insecure(value)));
    all.add(both("mode", TunnelDraft::mode));
    all.add(both("type", TunnelDraft::type));
    all.add(both("proto", TunnelDraft::proto));
    all.add(both("loops", TunnelDraft::loops));
    all.add(only(Role.SERVER, "ports", TunnelDraft::ports));
    all.add(only(Role.SERVER, "unproven", TunnelDraft::unproven));
    for (Variable variable : Variable.values()) {
      all.add(number(variable.parameter(), variable));
    }
    all.add(number("min", Variable.MIN_POOL_CAPACITY));
    all.add(number("max", Variable.MAX_POOL_CAPACITY));

    all.add(notYet("name", null));
    all.add(notYet("lb", Role.SERVER));
    all.add(notYet("clients", Role.SERVER));
    all.add(notYet("proxy_protocol", null));
    all.add(notYet("rate", null));
    all.add(notYet("max_per_source", null));
    all.add(notYet("allow", null));
    all.add(notYet("deny", null));
    all.add(notYet("via", Role.CLIENT));
    all.add(notYet("path", null));
    all.add(notYet("sni", Role.CLIENT));
    all.add(notYet("host", Role.CLIENT));
    all.add(notYet("ingress", null));
    all.add(notYet("notcp", null));
    all.add(notYet("noudp", null));
    all.add(notYet("udp_sessions", null));
    all.add(notYet("splice", null));

    Map<String, Parameter> byName = new LinkedHashMap<>();
    for (Parameter parameter : all) {
      byName.put(parameter.name, parameter);
    }
    return byName;
  }

  private static Parameter both(String name, Setting setting) {
    return new Parameter(name, null, setting);
  }

  private static Parameter only(Role role, String name, Setting setting) {
    return new Parameter(name, role, setting);
  }

  private static Parameter number(String name, Variable variable) {
    return both(name, (draft, value) -> draft.number(variable, name, value));
  }

  private static Parameter notYet(String name, Role role) {
    return new Parameter(name, role, null);
  }

  /** The parameter of this name, when it may be given to this role. */
  static Parameter named(String name, Role role) throws ConfigException {
    Parameter parameter = TABLE.get(name);
    if (parameter == null) {
      throw new ConfigException(
          "unknown parameter " + Quoted.of(name) + NearestName.hint(name, TABLE.keySet()));
    }
    if (parameter.role != null && parameter.role != role) {
      throw new ConfigException(
          "parameter "
              + name
              + " belongs to the "
              + word(parameter.role)
              + ", this is a "
              + word(role)
              + (name.equals("key")
                  ? ": a key that both ends share is given by secret_file=<file> or NODEPASS_KEY"
                  : ": leave it out here"));
    }
    if (parameter.setting == null) {
      throw new ConfigException("parameter " + name + " is not yet supported in this version");
    }
    return parameter;
  }

  /** The names that this version supports. */
  static List<String> supported() {
    List<String> names = new ArrayList<>();
    for (Parameter parameter : TABLE.values()) {
      if (parameter.setting != null) {
        names.add(parameter.name);
      }
    }
    return names;
  }

  private static String word(Role role) {
    return role == Role.SERVER ? "server" : "client";
  }
}
