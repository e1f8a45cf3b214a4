package io.nodepass.testkit;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * As much of the Redis protocol (RESP2) as a test needs: commands out, simple strings, integers and
 * bulk strings back. Sending and receiving are apart, so that commands can be pipelined.
 */
public final class RespClient implements AutoCloseable {
  private final Socket socket;
  private final OutputStream out;
  private final InputStream in;

  private RespClient(Socket socket) throws IOException {
    this.socket = socket;
    this.out = new BufferedOutputStream(socket.getOutputStream(), 64 * 1024);
    this.in = new BufferedInputStream(socket.getInputStream(), 64 * 1024);
  }

  public static RespClient connect(InetSocketAddress address, Duration patience)
      throws IOException {
    return new RespClient(Users.connect(address, patience));
  }

  /** Queues a command; {@link #flush} sends it. */
  public void send(Object... parts) throws IOException {
    write("*" + parts.length + "\r\n");
    for (Object part : parts) {
      byte[] bytes =
          part instanceof byte[] raw ? raw : part.toString().getBytes(StandardCharsets.UTF_8);
      write("$" + bytes.length + "\r\n");
      out.write(bytes);
      write("\r\n");
    }
  }

  public void flush() throws IOException {
    out.flush();
  }

  /** One command and its reply. */
  public byte[] call(Object... parts) throws IOException {
    send(parts);
    flush();
    return receive();
  }

  /** The next reply's bytes; an error reply fails. */
  public byte[] receive() throws IOException {
    String head = line();
    String rest = head.substring(1);
    return switch (head.charAt(0)) {
      case '+', ':' -> rest.getBytes(StandardCharsets.UTF_8);
      case '$' -> bulk(Integer.parseInt(rest));
      default -> throw new AssertionError("redis says: " + head);
    };
  }

  private byte[] bulk(int length) throws IOException {
    byte[] bytes = in.readNBytes(length);
    if (bytes.length != length || !line().isEmpty()) {
      throw new AssertionError("a reply of " + length + " bytes is cut or too long");
    }
    return bytes;
  }

  private String line() throws IOException {
    StringBuilder text = new StringBuilder();
    while (true) {
      int b = in.read();
      if (b < 0) {
        throw new EOFException("ended in the line '" + text + "'");
      }
      if (b == '\n') {
        text.setLength(text.length() - 1);
        return text.toString();
      }
      text.append((char) b);
    }
  }

  private void write(String ascii) throws IOException {
    out.write(ascii.getBytes(StandardCharsets.US_ASCII));
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
