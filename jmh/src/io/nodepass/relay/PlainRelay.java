package io.nodepass.relay;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.function.Consumer;

/**
 * What a relay costs at the least: select, read, write. It knows no short write, no half-close and
 * no abort; it is a measure, not a relay.
 */
final class PlainRelay extends Thread {
  private final Selector selector = Selector.open();
  private final Consumer<SelectionKey> pass = this::pass;
  private final ByteBuffer buffer = ByteBuffer.allocateDirect(64 * 1024);
  private final SocketChannel[] sides;

  PlainRelay(SocketChannel one, SocketChannel other) throws IOException {
    super("plain-relay");
    setDaemon(true);
    sides = new SocketChannel[] {one, other};
    one.configureBlocking(false);
    other.configureBlocking(false);
    one.register(selector, SelectionKey.OP_READ, other);
    other.register(selector, SelectionKey.OP_READ, one);
  }

  @Override
  public void run() {
    try {
      while (!isInterrupted()) {
        selector.select(pass, 0);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void pass(SelectionKey key) {
    try {
      buffer.clear();
      if (((SocketChannel) key.channel()).read(buffer) < 0) {
        throw new IllegalStateException("a benchmark ended a connection");
      }
      buffer.flip();
      while (buffer.hasRemaining()) {
        ((SocketChannel) key.attachment()).write(buffer);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Ends the thread, and closes what it had. */
  void end() throws IOException, InterruptedException {
    interrupt();
    join();
    for (SocketChannel side : sides) {
      side.close();
    }
    selector.close();
  }
}
