package io.nodepass.bench.target;

import io.nodepass.bench.load.Wire;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/**
 * Accepts and echoes on one thread; a bulk connection leaves the loop for a blocking thread of its
 * own as soon as its first byte says what it is.
 *
 * <pre>
 *   accepted ──first byte 1, 2──▶ bulk thread
 *      └──────any other──▶ echoing ◀──short write / drained──▶ holding the rest
 * </pre>
 */
final class EchoLoop implements Runnable {
  private static final int BACKLOG = 4096;

  private final Selector selector = Selector.open();
  private final ServerSocketChannel listener = ServerSocketChannel.open();
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 16);

  EchoLoop() throws IOException {
    listener.bind(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), 0), BACKLOG);
    listener.configureBlocking(false);
    listener.register(selector, SelectionKey.OP_ACCEPT);
  }

  int port() {
    return listener.socket().getLocalPort();
  }

  /** What an echo connection keeps: whether its first byte came, and bytes not yet written. */
  private static final class Echo {
    boolean begun;
    ByteBuffer rest;
  }

  @Override
  public void run() {
    try {
      while (true) {
        selector.select(this::onReady);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void onReady(SelectionKey key) {
    try {
      if (key.isAcceptable()) {
        accept();
      } else if (key.isWritable()) {
        drain(key);
      } else {
        echo(key);
      }
    } catch (IOException e) {
      // The generator or the tunnel aborted this connection; the generator counts it.
      close(key);
    }
  }

  private void accept() throws IOException {
    for (SocketChannel channel = listener.accept(); channel != null; channel = listener.accept()) {
      channel.configureBlocking(false);
      channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      channel.register(selector, SelectionKey.OP_READ, new Echo());
    }
  }

  private void echo(SelectionKey key) throws IOException {
    SocketChannel channel = (SocketChannel) key.channel();
    Echo echo = (Echo) key.attachment();
    if (channel.read(buffer.clear()) < 0) {
      close(key);
      return;
    }
    buffer.flip();
    if (!echo.begun && buffer.hasRemaining()) {
      echo.begun = true;
      byte first = buffer.get(0);
      if (first == Wire.UPLOAD || first == Wire.DOWNLOAD) {
        key.cancel();
        channel.configureBlocking(true);
        byte[] prefix = new byte[buffer.remaining()];
        buffer.get(prefix);
        BulkService.start(channel, prefix);
        return;
      }
    }
    channel.write(buffer);
    if (buffer.hasRemaining()) {
      echo.rest = ByteBuffer.allocate(buffer.remaining()).put(buffer).flip();
      key.interestOps(SelectionKey.OP_WRITE);
    }
  }

  private void drain(SelectionKey key) throws IOException {
    Echo echo = (Echo) key.attachment();
    ((SocketChannel) key.channel()).write(echo.rest);
    if (!echo.rest.hasRemaining()) {
      echo.rest = null;
      key.interestOps(SelectionKey.OP_READ);
    }
  }

  private static void close(SelectionKey key) {
    key.cancel();
    try {
      key.channel().close();
    } catch (IOException e) {
      // Closed as far as it can be.
    }
  }
}
