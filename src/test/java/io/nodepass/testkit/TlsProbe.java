package io.nodepass.testkit;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.security.MessageDigest;
import java.security.cert.Certificate;
import java.security.cert.CertificateEncodingException;
import java.util.HexFormat;

/** A stranger who shakes hands with a TLS server, looks at its certificate and goes. */
public final class TlsProbe {
  private static final int CONNECT_MILLIS = 5_000;
  private static final int READ_MILLIS = 10_000;
  private static final LegacyTls TLS = LegacyTls.believing();

  private TlsProbe() {}

  /** The SHA-256 of the certificate that is shown there, as clients pin it. */
  public static String pin(InetSocketAddress address) throws IOException {
    try (Socket tcp = new Socket()) {
      tcp.connect(address, CONNECT_MILLIS);
      tcp.setSoTimeout(READ_MILLIS);
      try (Wire wire = TLS.connect(tcp)) {
        MessageDigest digest = Patterns.newSha256();
        return "sha256:" + HexFormat.of().formatHex(digest.digest(encoded(wire.certificate())));
      }
    }
  }

  private static byte[] encoded(Certificate certificate) {
    try {
      return certificate.getEncoded();
    } catch (CertificateEncodingException e) {
      throw new AssertionError(e);
    }
  }

  /**
   * Shakes hands from an address of this machine, if the server lets it.
   *
   * @return whether the handshake was finished
   */
  public static boolean shakesHands(String from, InetSocketAddress address) throws IOException {
    try (Socket tcp = new Socket()) {
      tcp.bind(new InetSocketAddress(from, 0));
      tcp.connect(address, CONNECT_MILLIS);
      tcp.setSoTimeout(READ_MILLIS);
      try (Wire wire = TLS.connect(tcp)) {
        return wire.certificate() != null;
      } catch (IOException e) {
        return false;
      }
    }
  }
}
