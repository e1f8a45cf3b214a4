package io.nodepass.bench.peer;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What {@code --peer label=key:value,key:value} says. A part between commas that begins with no
 * known key belongs to the value before it, so values may hold commas and colons.
 *
 * @param values by key, in order; a key may be repeated
 */
record PeerOptions(String label, Map<String, List<String>> values) {
  private static final List<String> KEYS =
      List.of(
          "kind",
          "bin",
          "frpc",
          "java",
          "jvm",
          "jar",
          "query",
          "client-query",
          "env",
          "lossy",
          "mux",
          "transport",
          "tls",
          "every");

  static PeerOptions parse(String text) {
    int equals = text.indexOf('=');
    String label = equals < 0 ? text : text.substring(0, equals);
    Map<String, List<String>> values = new LinkedHashMap<>();
    List<String> last = null;
    if (equals >= 0) {
      for (String part : text.substring(equals + 1).split(",", -1)) {
        int colon = part.indexOf(':');
        String key = colon < 0 ? "" : part.substring(0, colon);
        if (KEYS.contains(key)) {
          last = values.computeIfAbsent(key, k -> new ArrayList<>());
          last.add(part.substring(colon + 1));
        } else if (last != null) {
          last.set(last.size() - 1, last.get(last.size() - 1) + "," + part);
        } else {
          throw new IllegalArgumentException("peer " + label + ": unknown option " + part);
        }
      }
    }
    return new PeerOptions(label, values);
  }

  /**
   * @throws IllegalArgumentException when there is another key than these and {@code kind}
   */
  void requireKeys(List<String> keys) {
    for (String key : values.keySet()) {
      if (!key.equals("kind") && !keys.contains(key)) {
        throw new IllegalArgumentException("peer " + label + " takes no " + key);
      }
    }
  }

  /** The last value of a key. */
  String get(String key, String otherwise) {
    List<String> all = all(key);
    return all.isEmpty() ? otherwise : all.get(all.size() - 1);
  }

  List<String> all(String key) {
    return values.getOrDefault(key, List.of());
  }

  /** The path of a program: the option, else the environment variable, else a name on PATH. */
  String program(String key, String variable, String name) {
    String path = System.getenv(variable);
    return get(key, path == null || path.isEmpty() ? name : path);
  }

  boolean losesNothing(boolean otherwise) {
    return !Boolean.parseBoolean(get("lossy", Boolean.toString(!otherwise)));
  }

  /** {@code env:NAME=VALUE} options on top of a peer's own variables. */
  Map<String, String> environment(Map<String, String> defaults) {
    Map<String, String> environment = new LinkedHashMap<>(defaults);
    for (String variable : all("env")) {
      int equals = variable.indexOf('=');
      if (equals < 1) {
        throw new IllegalArgumentException("peer " + label + ": env:NAME=VALUE, not " + variable);
      }
      environment.put(variable.substring(0, equals), variable.substring(equals + 1));
    }
    return environment;
  }
}
