package io.nodepass.testkit;

import java.io.IOException;
import java.net.Socket;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Joins a flow and a socket by a blocking copy each way: an end is passed on as a half-close, and
 * an abort of one as an abort of the other.
 */
final class SessionRelay {
  private static final int CHUNK = 32 * 1024;

  private final SessionFlow flow;
  private final Socket socket;
  private final AtomicBoolean broken = new AtomicBoolean();

  private SessionRelay(SessionFlow flow, Socket socket) {
    this.flow = flow;
    this.socket = socket;
  }

  /**
   * Returns after both directions, with the socket closed.
   *
   * @return whether the connection of the flow may carry another one
   */
  static boolean run(Crew crew, SessionFlow flow, Socket socket)
      throws IOException, InterruptedException {
    return new SessionRelay(flow, socket).run(crew);
  }

  private boolean run(Crew crew) throws IOException, InterruptedException {
    CountDownLatch other = new CountDownLatch(1);
    crew.spawn(
        "copy",
        () -> {
          try {
            copyOut();
          } finally {
            other.countDown();
          }
        });
    copyIn();
    other.await();
    crew.release(socket);
    return !broken.get() && flow.finish();
  }

  private void copyOut() {
    try {
      byte[] chunk = new byte[CHUNK];
      for (int n = socket.getInputStream().read(chunk);
          n >= 0;
          n = socket.getInputStream().read(chunk)) {
        flow.write(chunk, n);
      }
      flow.end();
    } catch (IOException e) {
      abort();
    }
  }

  private void copyIn() {
    try {
      byte[] chunk = new byte[CHUNK];
      for (int n = flow.read(chunk); n >= 0; n = flow.read(chunk)) {
        socket.getOutputStream().write(chunk, 0, n);
      }
      socket.shutdownOutput();
    } catch (IOException e) {
      abort();
    }
  }

  private void abort() {
    if (broken.compareAndSet(false, true)) {
      try {
        socket.setSoLinger(true, 0);
        socket.close();
      } catch (IOException e) {
        // Aborted already.
      }
      try {
        flow.abort("reset");
      } catch (IOException e) {
        // So is this.
      }
    }
  }
}
