package io.nodepass.it;

import io.nodepass.testkit.Openssl;
import java.io.IOException;
import java.nio.file.Path;

/**
 * What both ends of a tunnel need for a TLS mode, for the server name {@code localhost}.
 *
 * @param identity what a server shows that is not ours, or that is ours in mode 2
 * @param issuer a PEM file with whom clients have to trust in mode 2
 */
record TlsSetting(int mode, Openssl.Issued identity, Path issuer) {
  static TlsSetting none() {
    return new TlsSetting(0, null, null);
  }

  /** Makes certificates in the directory if the mode needs any. */
  static TlsSetting of(int mode, Path directory) throws IOException {
    if (mode == 0) {
      return none();
    }
    Openssl openssl = new Openssl(directory);
    Openssl.Issued root = openssl.root("root");
    return new TlsSetting(
        mode, openssl.server("server", root, Openssl.EC, "DNS:localhost"), root.crt());
  }

  /** Of our server's URL. */
  String serverParameters() {
    return switch (mode) {
      case 0 -> "";
      case 1 -> "&tls=1";
      default -> "&tls=2&crt=" + identity.crt() + "&key=" + identity.key();
    };
  }

  /** Of our client's URL. */
  String clientParameters() {
    return switch (mode) {
      case 0 -> "";
      case 1 -> "&tls=1";
      default -> "&ca=" + issuer;
    };
  }
}
