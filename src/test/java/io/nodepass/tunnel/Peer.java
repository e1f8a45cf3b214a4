package io.nodepass.tunnel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import io.nodepass.testkit.Believer;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;

/** A socket played by hand; text is ISO 8859-1, and nothing waits longer than ten seconds. */
final class Peer implements AutoCloseable {
  private static final int LONGEST = 10_000;

  private final Socket socket;

  Peer(Socket socket) throws IOException {
    this.socket = socket;
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(LONGEST);
  }

  static Peer connect(InetSocketAddress to) throws IOException {
    return connect("127.0.0.1", to);
  }

  static Peer connect(String from, InetSocketAddress to) throws IOException {
    Socket socket = new Socket();
    socket.bind(new InetSocketAddress(from, 0));
    socket.connect(to, LONGEST);
    return new Peer(socket);
  }

  /** Connects and is reset, be it before that is known to have worked; nobody listening fails. */
  static void expectRefusal(String from, InetSocketAddress to) throws IOException {
    Peer peer;
    try {
      peer = connect(from, to);
    } catch (ConnectException e) {
      throw e;
    } catch (SocketException e) {
      return;
    }
    peer.expectAbort();
    peer.close();
  }

  static Peer accept(ServerSocket listener) throws IOException {
    listener.setSoTimeout(LONGEST);
    return new Peer(listener.accept());
  }

  /** Whether nobody connects for so long. */
  static boolean nobodyComes(ServerSocket listener, int millis) throws IOException {
    listener.setSoTimeout(millis);
    try {
      listener.accept().close();
      return false;
    } catch (SocketTimeoutException e) {
      return true;
    }
  }

  void send(String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  void sendInSingleBytes(String text) throws IOException {
    for (int i = 0; i < text.length(); i++) {
      send(text.substring(i, i + 1));
    }
  }

  /** Exactly so many bytes. */
  String read(int count) throws IOException {
    byte[] bytes = socket.getInputStream().readNBytes(count);
    assertEquals(count, bytes.length, () -> "ended after " + text(bytes, bytes.length));
    return text(bytes, bytes.length);
  }

  /** What a single read returns; empty at the end. */
  String readOnce() throws IOException {
    byte[] bytes = new byte[100];
    return text(bytes, Math.max(0, socket.getInputStream().read(bytes)));
  }

  /** A line with its line break. */
  String readLine() throws IOException {
    StringBuilder line = new StringBuilder();
    do {
      line.append(read(1));
    } while (line.charAt(line.length() - 1) != '\n');
    return line.toString();
  }

  /** Goes on in TLS, and believes whatever certificate there is. */
  Peer secured() throws IOException, GeneralSecurityException {
    SSLContext context = SSLContext.getInstance("TLSv1.3");
    context.init(null, new TrustManager[] {new Believer()}, null);
    SSLSocket tls =
        (SSLSocket)
            context.getSocketFactory().createSocket(socket, "127.0.0.1", socket.getPort(), true);
    tls.startHandshake();
    return new Peer(tls);
  }

  /** What proofs on this connection are bound to. */
  byte[] bind() throws IOException, GeneralSecurityException {
    if (socket instanceof SSLSocket tls) {
      byte[] certificate = tls.getSession().getPeerCertificates()[0].getEncoded();
      return MessageDigest.getInstance("SHA-256").digest(certificate);
    }
    return SessionKeys.noCertificate();
  }

  private static String text(byte[] bytes, int length) {
    return new String(Arrays.copyOf(bytes, length), StandardCharsets.ISO_8859_1);
  }

  /** Whether nothing comes for so long, neither a byte nor an end. */
  boolean isSilentFor(int millis) throws IOException {
    socket.setSoTimeout(millis);
    try {
      socket.getInputStream().read();
      return false;
    } catch (SocketTimeoutException e) {
      return true;
    } finally {
      socket.setSoTimeout(LONGEST);
    }
  }

  void expectEnd() throws IOException {
    assertEquals("", readOnce());
  }

  /** Reads until a reset; an end, or nothing at all, is a failure. */
  void expectAbort() throws IOException {
    try {
      while (!readOnce().isEmpty()) {
        // What came before the reset does not matter.
      }
    } catch (SocketTimeoutException e) {
      throw e;
    } catch (SocketException e) {
      return;
    }
    fail("ended, but was not aborted");
  }

  /** An end or a reset. */
  void expectGone() throws IOException {
    try {
      expectEnd();
    } catch (SocketTimeoutException e) {
      throw e;
    } catch (SocketException e) {
      // Just as well.
    }
  }

  InetSocketAddress local() {
    return (InetSocketAddress) socket.getLocalSocketAddress();
  }

  void halfClose() throws IOException {
    socket.shutdownOutput();
  }

  void abort() throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
