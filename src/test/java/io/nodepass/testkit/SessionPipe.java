package io.nodepass.testkit;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;
import javax.net.ssl.SSLSocket;

/**
 * One end of a connection of the session dialect in blocking calls: lines first, then TLS or not,
 * then lines, bytes or frames. One thread may read while another writes.
 */
public final class SessionPipe implements Closeable {
  private static final int CONNECT_MILLIS = 5_000;
  private static final int READ_MILLIS = 20_000;

  private final Socket tcp;
  private final ReentrantLock writing = new ReentrantLock();
  private volatile Socket top;
  private volatile String bind = SessionSecrets.NOTHING;
  private volatile boolean ended;

  private SessionPipe(Socket tcp) {
    this.tcp = tcp;
    this.top = tcp;
  }

  /** Reads of it time out late, so that a test that waits for nothing fails. */
  public static SessionPipe dial(InetSocketAddress address) throws IOException {
    return dial(new Socket(), address);
  }

  static SessionPipe dial(Socket socket, InetSocketAddress address) throws IOException {
    try {
      socket.connect(address, CONNECT_MILLIS);
      socket.setSoTimeout(READ_MILLIS);
      return of(socket);
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  static SessionPipe of(Socket socket) throws IOException {
    socket.setTcpNoDelay(true);
    return new SessionPipe(socket);
  }

  /** Begins TLS as the side that has dialled. */
  void connect(SessionTls tls) throws IOException {
    secured(tls, tls.connect(tcp));
  }

  /** Begins TLS as the other side, behind these bytes of it. */
  void accept(SessionTls tls, int... first) throws IOException {
    secured(tls, tls.accept(tcp, first));
  }

  private void secured(SessionTls tls, SSLSocket socket) throws IOException {
    bind = tls.bind(socket);
    top = socket;
  }

  boolean isSecured() {
    return top != tcp;
  }

  /** SHA-256 of the server's certificate, or zeros. */
  public String bind() {
    return bind;
  }

  /** For how long a read waits; zero is for ever. */
  public void patience(Duration patience) throws IOException {
    top.setSoTimeout((int) patience.toMillis());
  }

  /** The next byte, -1 at the end. */
  int read() throws IOException {
    return top.getInputStream().read();
  }

  int read(byte[] into) throws IOException {
    return top.getInputStream().read(into);
  }

  byte[] exactly(int length) throws IOException {
    byte[] bytes = top.getInputStream().readNBytes(length);
    if (bytes.length < length) {
      throw new EOFException("ended after " + bytes.length + " of " + length + " bytes");
    }
    return bytes;
  }

  /** The next line with its LF, or null at the end; nothing behind it is read. */
  public String line() throws IOException {
    return line(read());
  }

  /** The line that begins with a byte that was read already. */
  String line(int first) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int next = first; next >= 0; next = read()) {
      line.append((char) next);
      if (next == '\n') {
        return line.toString();
      }
      if (line.length() > SessionText.LONGEST) {
        throw new IOException("a line without an end: " + line);
      }
    }
    if (line.length() > 0) {
      throw new EOFException("ended in the middle of a line: " + line);
    }
    return null;
  }

  /**
   * The next line, taken apart.
   *
   * @throws SessionRefused when it is a refusal
   * @throws EOFException at the end
   */
  public SessionText text() throws IOException {
    String line = line();
    if (line == null) {
      throw new EOFException("ended without a word");
    }
    SessionText text = SessionText.parse(line);
    if (text.is("refused")) {
      throw new SessionRefused(text);
    }
    return text;
  }

  /** The next line, which must be of this name. */
  SessionText text(String what) throws IOException {
    SessionText text = text();
    if (!text.is(what)) {
      throw new IOException("wanted //" + what + ", got: " + text.raw().strip());
    }
    return text;
  }

  public void say(String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    write(bytes, bytes.length);
  }

  /** In segments of one byte each. */
  void sayBytewise(String text) throws IOException {
    for (int i = 0; i < text.length(); i++) {
      say(text.substring(i, i + 1));
    }
  }

  public void write(byte[] from, int length) throws IOException {
    writing.lock();
    try {
      top.getOutputStream().write(from, 0, length);
    } finally {
      writing.unlock();
    }
  }

  /** Half-closes: FIN, or over TLS {@code close_notify} without a FIN. */
  public void end() throws IOException {
    writing.lock();
    try {
      ended = true;
      top.shutdownOutput();
    } finally {
      writing.unlock();
    }
  }

  /** Whether it is open and has nothing to say; what it says now is lost. */
  boolean isSilentAndAlive() {
    try {
      int before = top.getSoTimeout();
      top.setSoTimeout(1);
      try {
        int ignored = read();
        return false;
      } catch (SocketTimeoutException e) {
        top.setSoTimeout(before);
        return true;
      }
    } catch (IOException e) {
      return false;
    }
  }

  /** A refusal as the page wants it: said, ended, the rest read for a second, closed. */
  void refuse(String code, String text) throws IOException {
    say(SessionText.of("refused", "code", code, "text", text).raw());
    end();
    patience(Duration.ofSeconds(1));
    byte[] rest = new byte[4096];
    try {
      while (read(rest) >= 0) {
        // Nobody wants it.
      }
    } catch (SocketTimeoutException e) {
      // That was the second.
    } finally {
      close();
    }
  }

  /** Aborts: TCP is reset. */
  public void reset() throws IOException {
    tcp.setSoLinger(true, 0);
    tcp.close();
  }

  /** Over TLS it ends first, unless somebody is in the middle of writing. */
  @Override
  public void close() throws IOException {
    try {
      if (isSecured() && !ended && !tcp.isClosed() && writing.tryLock()) {
        try {
          end();
        } finally {
          writing.unlock();
        }
      }
    } finally {
      tcp.close();
    }
  }
}
