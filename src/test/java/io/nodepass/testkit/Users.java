package io.nodepass.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Users of an echoing service: each sends a pattern of its own, half-closes, and checks every byte
 * that comes back and the clean end after them.
 */
public final class Users {
  private static final int CONNECT_MILLIS = 5_000;

  private final InetSocketAddress ingress;
  private final Duration patience;

  private Users(InetSocketAddress ingress, Duration patience) {
    this.ingress = ingress;
    this.patience = patience;
  }

  /** Users of this address, each of which waits at most this long for its next byte. */
  public static Users of(InetSocketAddress ingress, Duration patience) {
    return new Users(ingress, patience);
  }

  /** One user with one connection. */
  public void roundTrip(long seed, int length) throws IOException {
    roundTrip(seed, length, null);
  }

  /** One after the other; fails at the first user that does. */
  public void inARow(int count, int length) {
    for (int i = 0; i < count; i++) {
      try {
        roundTrip(i, length);
      } catch (IOException | AssertionError e) {
        throw new AssertionError("user " + i + " of " + count + " in a row: " + e, e);
      }
    }
  }

  /** All at once, each connection open until every one of them has had its first byte back. */
  public void together(int count, int length) {
    run(count, length, new CountDownLatch(count));
  }

  /** All at once, each ending as soon as it can. */
  public void crowd(int count, int length) {
    run(count, length, null);
  }

  private void run(int count, int length, CountDownLatch allServed) {
    ExecutorService pool = Executors.newFixedThreadPool(count);
    try {
      List<Future<?>> users = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        long seed = i;
        users.add(
            pool.submit(
                () -> {
                  roundTrip(seed, length, allServed);
                  return null;
                }));
      }
      collect(users);
    } finally {
      pool.shutdownNow();
    }
  }

  private void collect(List<Future<?>> users) {
    long end = System.nanoTime() + 2 * patience.toNanos();
    List<String> failures = new ArrayList<>();
    Throwable first = null;
    for (int i = 0; i < users.size(); i++) {
      try {
        users.get(i).get(Math.max(1, end - System.nanoTime()), TimeUnit.NANOSECONDS);
      } catch (ExecutionException | TimeoutException | InterruptedException e) {
        Throwable cause = e instanceof ExecutionException ? e.getCause() : e;
        failures.add("user " + i + ": " + cause);
        first = first == null ? cause : first;
      }
    }
    if (first != null) {
      throw new AssertionError(
          failures.size()
              + " of "
              + users.size()
              + " users failed: "
              + failures.subList(0, Math.min(5, failures.size())),
          first);
    }
  }

  private void roundTrip(long seed, int length, CountDownLatch allServed) throws IOException {
    try (Socket socket = connect(ingress, patience)) {
      OutputStream out = socket.getOutputStream();
      InputStream in = socket.getInputStream();
      byte[] sent = Patterns.bytes(seed, length);
      Patterns.Checker checker = new Patterns.Checker(seed);
      int head = allServed == null ? 0 : 1;
      if (head > 0) {
        out.write(sent, 0, head);
        readFirst(in, checker);
        await(allServed);
      }
      out.write(sent, head, length - head);
      socket.shutdownOutput();
      checker.readAll(in, length);
    }
  }

  private static void readFirst(InputStream in, Patterns.Checker checker) throws IOException {
    byte[] one = new byte[1];
    if (in.read(one) < 0) {
      throw new AssertionError("ended before the first byte");
    }
    checker.accept(one, 0, 1);
  }

  private void await(CountDownLatch allServed) throws IOException {
    allServed.countDown();
    try {
      if (!allServed.await(patience.toNanos(), TimeUnit.NANOSECONDS)) {
        throw new IOException(allServed.getCount() + " of the others were never served");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /** Connects and is reset, which may happen before connecting has returned. */
  public static void expectAbort(InetSocketAddress address, Duration patience) throws IOException {
    Socket socket;
    try {
      socket = connect(address, patience);
    } catch (ConnectException e) {
      throw e;
    } catch (SocketException e) {
      return;
    }
    try (socket) {
      SocketPair.expectReset(socket);
    }
  }

  /** A connection whose reads give up after this long. */
  public static Socket connect(InetSocketAddress address, Duration patience) throws IOException {
    Socket socket = new Socket();
    try {
      socket.connect(address, CONNECT_MILLIS);
      socket.setTcpNoDelay(true);
      socket.setSoTimeout((int) patience.toMillis());
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }
}
