package io.nodepass.tunnel;

import io.nodepass.testkit.Believer;
import io.nodepass.transport.tls.ServerCertificates;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.InstantSource;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;

/** One end of a data connection in TLS, played by a blocking socket. */
final class TlsPeer implements AutoCloseable {
  private final SSLSocket socket;

  private TlsPeer(SSLSocket socket) throws IOException {
    this.socket = socket;
    socket.setSoTimeout(10_000);
    socket.setEnabledProtocols(new String[] {"TLSv1.3"});
  }

  /** Announces mode 1 and shakes hands with the first data connection that comes. */
  static TlsPeer greet(Peer control, ServerSocket data)
      throws IOException, GeneralSecurityException {
    control.send("//" + data.getLocalPort() + "#1\n");
    data.setSoTimeout(10_000);
    Socket tcp = data.accept();
    SSLContext context =
        ServerCertificates.selfSigned(InstantSource.system(), new KeptLog()).current().context();
    TlsPeer peer =
        new TlsPeer((SSLSocket) context.getSocketFactory().createSocket(tcp, null, true));
    peer.socket.setUseClientMode(false);
    peer.socket.startHandshake();
    return peer;
  }

  /** Dials, and shakes hands with whatever certificate there is. */
  static TlsPeer dial(InetSocketAddress data) throws IOException, GeneralSecurityException {
    TlsPeer peer = connect(data);
    peer.shakeHands();
    return peer;
  }

  /** Dials and says nothing. */
  static TlsPeer connect(InetSocketAddress data) throws IOException, GeneralSecurityException {
    SSLContext context = SSLContext.getInstance("TLSv1.3");
    context.init(null, new TrustManager[] {new Believer()}, null);
    return new TlsPeer(
        (SSLSocket) context.getSocketFactory().createSocket(data.getAddress(), data.getPort()));
  }

  void shakeHands() throws IOException {
    socket.startHandshake();
  }

  void name(String id) throws IOException {
    socket.getOutputStream().write(id.getBytes(StandardCharsets.US_ASCII));
  }

  String read(int count) throws IOException {
    return new String(socket.getInputStream().readNBytes(count), StandardCharsets.US_ASCII);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
