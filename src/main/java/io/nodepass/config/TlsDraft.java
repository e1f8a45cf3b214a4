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
  private static String path(String name, String value) throws ConfigException {
    if (value.indexOf('\0') >= 0) {
      throw new ConfigException(
          name + "=" + Quoted.of(value) + " is not the path of a file: it holds a NUL");
    }
    return value;
  }

  /** Brings them together; what a parameter asks for and another rules out is an error. */
  TlsSettings settings(Role role) throws ConfigException {
    TlsMode settled = role == Role.SERVER ? serverMode() : clientMode();
    return new TlsSettings(
        settled,
        Optional.ofNullable(crt),
        Optional.ofNullable(key),
        Optional.ofNullable(ca),
        Optional.ofNullable(pin));
  }

  private TlsMode serverMode() throws ConfigException {
    TlsMode wanted = mode == null ? TlsMode.NONE : mode;
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
              + ": write tls=2, or leave it out");
    }
    return wanted;
  }

  /** Who names a certificate to be believed means it to be looked at. */
  private TlsMode clientMode() throws ConfigException {
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
    return pin != null ? TlsMode.SELF_SIGNED : TlsMode.NONE;
  }
}
