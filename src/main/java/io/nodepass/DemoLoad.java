package io.nodepass;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/** The demo's users: plain blocking sockets that check every byte which comes back. */
final class DemoLoad {
  private static final long BULK_NANOS = TimeUnit.SECONDS.toNanos(2);
  private static final long SHORT_NANOS = TimeUnit.SECONDS.toNanos(3);
  private static final int WORKERS = 8;
  private static final int READ_TIMEOUT_MILLIS = 10_000;
  private static final int PATTERN = 251 * 1024;

  private DemoLoad() {}

  /** How long short connections took, in nanoseconds, sorted; and how many there were a second. */
  @SuppressWarnings("ArrayRecordComponent") // never compared, and boxed they would be far larger
  record Latencies(double perSecond, long[] nanos) {
    long percentile(int percent) {
      return nanos[Math.min(nanos.length - 1, nanos.length * percent / 100)];
    }
  }

  static Thread daemon(String name, Runnable task) {
    Thread thread = new Thread(task, name);
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  private static Socket connect(InetSocketAddress address) throws IOException {
    Socket socket = new Socket();
    try {
      socket.connect(address, READ_TIMEOUT_MILLIS);
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(READ_TIMEOUT_MILLIS);
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  /** Bytes that tell their place: the length is no multiple of any buffer's. */
  private static byte[] pattern() {
    byte[] pattern = new byte[PATTERN];
    for (int i = 0; i < pattern.length; i++) {
      pattern[i] = (byte) (i * 31 + (i >>> 8) * 7);
    }
    return pattern;
  }

  /** Sends as much as goes through in a while and reads it back; gives bytes per second. */
  static double bulk(InetSocketAddress address) throws IOException {
    byte[] pattern = pattern();
    try (Socket socket = connect(address)) {
      long begin = System.nanoTime();
      CompletableFuture<Long> sent = new CompletableFuture<>();
      daemon("demo-send", () -> send(socket, pattern, begin + BULK_NANOS, sent));
      long received = check(socket.getInputStream(), pattern);
      double seconds = (System.nanoTime() - begin) / 1e9;
      long expected = join(sent);
      if (received != expected) {
        throw new IOException(expected + " bytes were sent and " + received + " came back");
      }
      return received / seconds;
    }
  }

  private static void send(
      Socket socket, byte[] pattern, long until, CompletableFuture<Long> result) {
    try {
      OutputStream out = socket.getOutputStream();
      long sent = 0;
      while (System.nanoTime() - until < 0) {
        out.write(pattern);
        sent += pattern.length;
      }
      socket.shutdownOutput();
      result.complete(sent);
    } catch (IOException e) {
      result.completeExceptionally(e);
    }
  }

  private static long check(InputStream in, byte[] pattern) throws IOException {
    byte[] buffer = new byte[64 * 1024];
    long received = 0;
    for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
      int done = 0;
      while (done < n) {
        int at = (int) ((received + done) % pattern.length);
        int length = Math.min(n - done, pattern.length - at);
        if (!Arrays.equals(buffer, done, done + length, pattern, at, at + length)) {
          throw new IOException("a wrong byte came back after " + (received + done));
        }
        done += length;
      }
      received += n;
    }
    return received;
  }

  /** Ends the request before the first byte of the answer is read. */
  static void halfClose(InetSocketAddress address) throws IOException {
    byte[] pattern = pattern();
    try (Socket socket = connect(address)) {
      socket.getOutputStream().write(pattern, 0, 1000);
      socket.shutdownOutput();
      if (check(socket.getInputStream(), pattern) != 1000) {
        throw new IOException("the answer was cut short after a half-close");
      }
    }
  }

  /** Opens, sends one byte, gets it back and closes, again and again, several at once. */
  static Latencies shortConnections(InetSocketAddress address) throws IOException {
    long begin = System.nanoTime();
    CompletableFuture<?>[] workers = new CompletableFuture<?>[WORKERS];
    for (int i = 0; i < WORKERS; i++) {
      CompletableFuture<long[]> worker = new CompletableFuture<>();
      workers[i] = worker;
      daemon("demo-user-" + i, () -> work(address, begin + SHORT_NANOS, worker));
    }
    long[] all = new long[0];
    for (CompletableFuture<?> worker : workers) {
      long[] nanos = (long[]) join(worker);
      all = Arrays.copyOf(all, all.length + nanos.length);
      System.arraycopy(nanos, 0, all, all.length - nanos.length, nanos.length);
    }
    Arrays.sort(all);
    return new Latencies(all.length / ((System.nanoTime() - begin) / 1e9), all);
  }

  private static void work(
      InetSocketAddress address, long until, CompletableFuture<long[]> result) {
    long[] nanos = new long[1024];
    int count = 0;
    try {
      while (System.nanoTime() - until < 0) {
        if (count == nanos.length) {
          nanos = Arrays.copyOf(nanos, count * 2);
        }
        nanos[count] = once(address, (byte) (count * 37 + 11));
        count++;
      }
      result.complete(Arrays.copyOf(nanos, count));
    } catch (IOException e) {
      result.completeExceptionally(e);
    }
  }

  private static long once(InetSocketAddress address, byte value) throws IOException {
    long begin = System.nanoTime();
    try (Socket socket = connect(address)) {
      socket.getOutputStream().write(value);
      int back = socket.getInputStream().read();
      if (back < 0) {
        throw new EOFException("a short connection ended before its byte came back");
      }
      if ((byte) back != value) {
        throw new IOException("a wrong byte came back on a short connection");
      }
    }
    return System.nanoTime() - begin;
  }

  private static <T> T join(CompletableFuture<T> future) throws IOException {
    try {
      return future.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof IOException cause) {
        throw cause;
      }
      throw e;
    }
  }
}
