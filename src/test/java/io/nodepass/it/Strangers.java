package io.nodepass.it;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;

/**
 * Connects to a port from one address of this machine, so many times a second, says the same bytes
 * each time, and leaves the connections open, the newest of them at least. One thread, which does
 * no cryptography: the bytes were made before.
 */
final class Strangers implements AutoCloseable {
  private static final int MOST_OPEN = 4_000;

  private final InetSocketAddress port;
  private final String from;
  private final byte[] words;
  private final long gapNanos;
  private final Thread thread = new Thread(this::come, "strangers");
  private volatile boolean stopping;
  private final AtomicInteger came = new AtomicInteger();

  private Strangers(InetSocketAddress port, String from, byte[] words, int perSecond) {
    this.port = port;
    this.from = from;
    this.words = words;
    this.gapNanos = 1_000_000_000L / perSecond;
  }

  static Strangers start(InetSocketAddress port, String from, byte[] words, int perSecond) {
    Strangers strangers = new Strangers(port, from, words, perSecond);
    strangers.thread.setDaemon(true);
    strangers.thread.start();
    return strangers;
  }

  /** What a TLS client says first; a server that takes it has to do its whole share. */
  static byte[] clientHello(SSLContext context) throws SSLException {
    SSLEngine engine = context.createSSLEngine();
    engine.setUseClientMode(true);
    engine.setEnabledProtocols(new String[] {"TLSv1.3"});
    ByteBuffer hello = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
    engine.wrap(ByteBuffer.allocate(0), hello);
    byte[] bytes = new byte[hello.flip().remaining()];
    hello.get(bytes);
    return bytes;
  }

  private void come() {
    Deque<Socket> open = new ArrayDeque<>();
    long next = System.nanoTime();
    try {
      while (!stopping) {
        Socket socket = new Socket();
        open.addLast(socket);
        visit(socket);
        if (open.size() > MOST_OPEN) {
          close(open.removeFirst());
        }
        next += gapNanos;
        LockSupport.parkNanos(next - System.nanoTime());
      }
    } finally {
      open.forEach(Strangers::close);
    }
  }

  /** Being turned away is a visit too. */
  private void visit(Socket socket) {
    try {
      socket.bind(new InetSocketAddress(from, 0));
      socket.connect(port, 1_000);
      came.incrementAndGet();
      socket.getOutputStream().write(words);
    } catch (IOException e) {
      // It was turned away.
    }
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // It is gone, which is all that was wanted.
    }
  }

  /** How many were connected so far. */
  int came() {
    return came.get();
  }

  /** Ends all of them. */
  @Override
  public void close() {
    stopping = true;
    try {
      thread.join(10_000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
