package io.nodepass.config;

import java.util.Map;
import java.util.Optional;

/** The part of a {@link TunnelDraft} that is about the shared key. */
final class KeyDraft {
  private static final String VARIABLE = "NODEPASS_KEY";
  private static final Choice<Boolean> INSECURE =
      new Choice<Boolean>("insecure").with("1", true).with("0", false);

  private KeySource source;
  private boolean insecure;

  /** What stands before the at sign, as it stands there. */
  void url(String encoded) throws ConfigException {
    String key = PercentCoding.decode(encoded);
    if (key == null) {
      throw new ConfigException(
          KeySource.Origin.URL.label()
              + " has a broken percent-escape (not shown): a % itself is written %25");
    }
    set(KeySource.Origin.URL, key);
  }

  void file(String value) throws ConfigException {
    if (source != null) {
      throw new ConfigException(
          "a key stands before @, and secret_file names another: leave one of them out");
    }
    source = new KeySource(KeySource.Origin.FILE, TlsDraft.path("secret_file", value));
  }

  void insecure(String value) throws ConfigException {
    insecure = INSECURE.parse(value);
  }

  /** Takes the key from the environment when the URL has none; an empty one counts as unset. */
  void environment(Map<String, String> env) throws ConfigException {
    String key = env.get(VARIABLE);
    if (source == null && key != null && !key.isEmpty()) {
      set(KeySource.Origin.VARIABLE, key);
    }
  }

  private void set(KeySource.Origin origin, String key) throws ConfigException {
    Optional<String> fault = KeySource.fault(key);
    if (fault.isPresent()) {
      throw new ConfigException(origin.label() + " " + fault.get());
    }
    source = new KeySource(origin, key);
  }

  /** Whether data may go in the open though there is a key. */
  boolean insecure() {
    return insecure;
  }

  /** Where the key comes from, once nothing else rules it out. */
  Optional<KeySource> settle(Dialect dialect) throws ConfigException {
    if (source == null && insecure) {
      throw new ConfigException(
          "insecure=1 has no effect without a key, which it would let go without TLS: leave it"
              + " out, or give both ends a key");
    }
    if (source != null && dialect == Dialect.LEGACY) {
      boolean variable = source.origin() == KeySource.Origin.VARIABLE;
      throw new ConfigException(
          source.origin().label()
              + " gives this tunnel a key, which proto=legacy cannot prove: "
              + (variable ? "unset it" : "leave it out")
              + ", or write proto=session");
    }
    return Optional.ofNullable(source);
  }
}
