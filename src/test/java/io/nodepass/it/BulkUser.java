package io.nodepass.it;

import io.nodepass.testkit.Patterns;
import io.nodepass.testkit.Users;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;

/**
 * A user of an echoing service with one connection that is never idle: it sends a pattern as fast
 * as that is taken and checks every byte that comes back. Two threads of its own; a failure is told
 * by {@link #finish} and {@link #echoed}.
 */
final class BulkUser implements AutoCloseable {
  private static final int BLOCK = 64 * 1024;

  private final Socket socket;
  private final long seed;
  private final Patterns.Checker checker;
  private final Thread sender = new Thread(this::send, "bulk sender");
  private final Thread receiver = new Thread(this::receive, "bulk receiver");

  // Written by the one thread that each of them belongs to.
  private volatile long sent;
  private volatile long echoed;
  private volatile boolean stopping;
  private volatile Throwable failure;

  private BulkUser(Socket socket, long seed) {
    this.socket = socket;
    this.seed = seed;
    this.checker = new Patterns.Checker(seed);
  }

  /** Connects and begins; each wait for a byte has this patience. */
  static BulkUser start(InetSocketAddress ingress, long seed, Duration patience)
      throws IOException {
    BulkUser user = new BulkUser(Users.connect(ingress, patience), seed);
    user.sender.setDaemon(true);
    user.receiver.setDaemon(true);
    user.sender.start();
    user.receiver.start();
    return user;
  }

  private void send() {
    byte[] block = new byte[BLOCK];
    try {
      OutputStream out = socket.getOutputStream();
      long at = 0;
      while (!stopping) {
        Patterns.fill(seed, at, block, 0, BLOCK);
        out.write(block);
        at += BLOCK;
        sent = at;
      }
      socket.shutdownOutput();
    } catch (IOException e) {
      failure = e;
    }
  }

  private void receive() {
    byte[] block = new byte[BLOCK];
    try {
      InputStream in = socket.getInputStream();
      for (int n = in.read(block); n >= 0; n = in.read(block)) {
        checker.accept(block, 0, n);
        echoed = checker.position();
      }
    } catch (IOException | AssertionError e) {
      failure = e;
    }
  }

  /** Bytes that have come back so far, all of them right. */
  long echoed() {
    if (failure != null) {
      throw new AssertionError("bulk user " + seed + " after " + echoed + " bytes", failure);
    }
    return echoed;
  }

  /** Ends our side and expects the rest and a clean end. */
  void finish() throws InterruptedException {
    stopping = true;
    sender.join(20_000);
    receiver.join(20_000);
    if (echoed() != sent || receiver.isAlive()) {
      throw new AssertionError("bulk user " + seed + ": " + echoed + " of " + sent + " came back");
    }
  }

  @Override
  public void close() throws IOException {
    stopping = true;
    socket.close();
  }
}
