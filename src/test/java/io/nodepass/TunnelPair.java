package io.nodepass;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nodepass.telemetry.Level;
import io.nodepass.telemetry.Log;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Both ends of a tunnel in this process, and a target whose connections the test accepts itself.
 */
final class TunnelPair implements AutoCloseable {
  static final Duration SOON = Duration.ofSeconds(10);

  /**
   * A thread each: the common pool may have fewer than there are tasks that wait for each other.
   */
  static final Executor THREADS = task -> new Thread(task).start();

  static final Log SILENT =
      new Log() {
        @Override
        public boolean on(Level level) {
          return false;
        }

        @Override
        public void write(Level level, String message) {}
      };

  final ServerSocket target = new ServerSocket(0, 1000, InetAddress.getLoopbackAddress());
  final NodePass server;
  final NodePass client;

  TunnelPair() throws Exception {
    server = NodePass.start("server://127.0.0.1:0/127.0.0.1:0?shutdown_timeout=200ms", SILENT);
    client = NodePass.start(clientUrl(server, target), SILENT);
    client.awaitReady(SOON);
    target.setSoTimeout((int) SOON.toMillis());
  }

  Socket user() throws IOException {
    return connect(server);
  }

  Socket accept() throws IOException {
    return patient(target.accept());
  }

  @Override
  public void close() throws IOException {
    client.shutdown(Duration.ZERO);
    server.shutdown(Duration.ZERO);
    target.close();
  }

  static String clientUrl(NodePass server, ServerSocket target) {
    return "client://127.0.0.1:"
        + server.tunnelAddress().getPort()
        + "/127.0.0.1:"
        + target.getLocalPort()
        + "?shutdown_timeout=200ms";
  }

  static Socket connect(NodePass server) throws IOException {
    return patient(new Socket(server.address().getAddress(), server.address().getPort()));
  }

  static Socket patient(Socket socket) throws IOException {
    socket.setSoTimeout((int) SOON.toMillis());
    return socket;
  }

  static void send(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
  }

  static void expect(Socket socket, String text) throws IOException {
    byte[] read = socket.getInputStream().readNBytes(text.length());
    assertEquals(text, new String(read, StandardCharsets.US_ASCII));
  }

  static void expectEnd(Socket socket) throws IOException {
    assertEquals(-1, socket.getInputStream().read());
  }

  static void expectAbort(Socket socket) {
    SocketException e =
        assertThrows(SocketException.class, () -> socket.getInputStream().readAllBytes());
    assertFalse((Throwable) e instanceof SocketTimeoutException, "nothing came");
  }

  static void abort(Socket socket) throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  static void until(BooleanSupplier condition, String otherwise) throws InterruptedException {
    long began = System.nanoTime();
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() - began < SOON.toNanos(), otherwise);
      TimeUnit.MILLISECONDS.sleep(2);
    }
  }
}
