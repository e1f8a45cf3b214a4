package io.nodepass.config;

import java.util.Optional;

/** The part of a {@link TunnelDraft} that is about TLS, whose parameters depend on one another. */
final class TlsDraft {
  private static final Choice<TlsMode> MODE =
      new Choice<TlsMode>("tls")
          .with("0", TlsMode.NONE)
          .with("1", TlsMode.SELF_SIGNED)
          .with("2", TlsMode.VERIFIED);

  private TlsMode mode;
  private String crt;
  private String key;
  private String ca;
  private String pin;

  void mode(String value) throws ConfigException {
    mode = MODE.parse(value);
  }

  void crt(String value) throws ConfigException {
    crt = path("crt", value);
  }

  void key(String value) throws ConfigException {
    key = path("key", value);
  }

  void ca(String value) throws ConfigException {
    ca = path("ca", value);
  }

  void pin(String value) {
    pin = value;
  }

  /** A NUL is the one character that no file's name can have. */
  static String path(String name, String value) throws ConfigException {
    if (value.indexOf('\0') >= 0) {
      throw new ConfigException(
          name + "=" + Quoted.of(value) + " is not the path of a file: it holds a NUL");
    }
    return value;
  }

  /**
   * Brings them together; what a parameter asks for and another rules out is an error.
   *
   * @param shared where the key of both ends comes from, with which nothing goes in the open
   * @param insecure unless this is set
   */
  TlsSettings settings(Role role, Optional<KeySource> shared, boolean insecure)
      throws ConfigException {
    if (mode == TlsMode.NONE && shared.isPresent() && !insecure) {
      throw new ConfigException(
          "tls=0 with a key ("
              + shared.get().origin().label()
              + ") would prove who is there and leave what is carried in the open: leave tls out,"
              + " or add insecure=1 if that is meant");
    }
    TlsMode settled =
        role == Role.SERVER
            ? serverMode(shared.isPresent())
            : clientMode(shared.isPresent() && !insecure);
    return new TlsSettings(
        settled,
        Optional.ofNullable(crt),
        Optional.ofNullable(key),
        Optional.ofNullable(ca),
        Optional.ofNullable(pin));
  }

  private TlsMode serverMode(boolean keyed) throws ConfigException {
    TlsMode unsaid = keyed ? TlsMode.SELF_SIGNED : TlsMode.NONE;
    TlsMode wanted = mode == null ? unsaid : mode;
    if (wanted == TlsMode.VERIFIED) {
      if (crt == null || key == null) {
        throw new ConfigException(
            "tls=2 needs a certificate and its key: "
                + (crt == null ? "crt" : "key")
                + "=<pem file> is missing");
      }
    } else if (crt != null || key != null) {
      throw new ConfigException(
          "parameter "
              + (crt != null ? "crt" : "key")
              + " has no effect with tls="
              + wanted.code()
              + ": write tls=2, or leave it out"
              + (crt == null ? " (a key that both ends share is given by secret_file=)" : ""));
    }
    return wanted;
  }

  /**
   * Who names a certificate to be believed means it to be looked at; a key is proven together with
   * the server's certificate, so that one must be seen.
   */
  private TlsMode clientMode(boolean keyed) throws ConfigException {
    if (mode == TlsMode.NONE && pin != null) {
      throw new ConfigException(
          "parameter pin cannot be kept to with tls=0, which shows no certificate: leave tls out,"
              + " or write tls=1 or tls=2");
    }
    if (mode != null) {
      if (mode != TlsMode.VERIFIED && ca != null) {
        throw new ConfigException(
            "parameter ca has no effect with tls="
                + mode.code()
                + ", which checks no issuer: leave tls out, or write tls=2");
      }
      return mode;
    }
    if (ca != null) {
      return TlsMode.VERIFIED;
    }
    return pin != null || keyed ? TlsMode.SELF_SIGNED : TlsMode.NONE;
  }
}
