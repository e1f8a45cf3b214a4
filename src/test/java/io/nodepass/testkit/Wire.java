package io.nodepass.testkit;

import java.io.Closeable;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.security.cert.Certificate;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLSocket;

/**
 * One end of a connection in blocking calls: TCP, or TLS over it with the original's habits. Its
 * end is a {@code close_notify} that leaves TCP open, and closing sends one too, after an error as
 * after an end, unless a write is under way.
 */
final class Wire implements Closeable {
  private final Socket tcp;
  private final SSLSocket tls;
  private final AtomicInteger writing = new AtomicInteger();
  private volatile boolean ended;

  private Wire(Socket tcp, SSLSocket tls) {
    this.tcp = tcp;
    this.tls = tls;
  }

  static Wire plain(Socket tcp) {
    return new Wire(tcp, null);
  }

  /**
   * TLS over a socket.
   *
   * @param tls shaken hands, layered, and set not to close what is beneath
   */
  static Wire secured(Socket tcp, SSLSocket tls) {
    return new Wire(tcp, tls);
  }

  private Socket top() {
    return tls == null ? tcp : tls;
  }

  /** Takes what one read gives, which is no more than one record; -1 is the other's end. */
  int read(byte[] into) throws IOException {
    return top().getInputStream().read(into);
  }

  /** Sends these bytes by one write, which is one record if they fit into it. */
  void write(byte[] from, int length) throws IOException {
    writing.incrementAndGet();
    try {
      top().getOutputStream().write(from, 0, length);
    } finally {
      writing.decrementAndGet();
    }
  }

  /** Half-closes. */
  void end() throws IOException {
    ended = true;
    top().shutdownOutput();
  }

  /** The server names that whoever dialled has sent; there is TLS. */
  List<SNIServerName> namesAskedFor() {
    return ((ExtendedSSLSession) tls.getSession()).getRequestedServerNames();
  }

  /** The certificate that was shown to us; there is TLS. */
  Certificate certificate() throws IOException {
    return tls.getSession().getPeerCertificates()[0];
  }

  /** The original's look: a read of one byte that must time out. A byte there is lost. */
  boolean isSilentAndAlive() {
    try {
      top().setSoTimeout(1);
      int ignored = top().getInputStream().read();
      return false;
    } catch (SocketTimeoutException e) {
      return restoreBlocking();
    } catch (IOException e) {
      return false;
    }
  }

  private boolean restoreBlocking() {
    try {
      top().setSoTimeout(0);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  @Override
  public void close() throws IOException {
    try {
      if (tls != null && !ended && writing.get() == 0) {
        end();
      }
    } finally {
      tcp.close();
    }
  }
}
