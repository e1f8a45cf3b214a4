package io.nodepass.transport.tls;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.function.Consumer;
import javax.net.ssl.SSLEngine;

/**
 * What it costs at the least to decrypt what one socket sends and to write it to another: select,
 * read, unwrap, write. It is a measure, not a relay: one direction, and nothing that can go wrong.
 */
final class PlainTlsRelay extends Thread {
  private final Selector selector = Selector.open();
  private final Consumer<SelectionKey> pass = this::pass;
  private final ByteBuffer encrypted = ByteBuffer.allocateDirect(64 * 1024);
  private final ByteBuffer plain = ByteBuffer.allocateDirect(128 * 1024);
  private final SocketChannel source;
  private final SSLEngine engine;
  private final SocketChannel sink;

  PlainTlsRelay(SocketChannel source, SSLEngine engine, SocketChannel sink) throws IOException {
    super("plain-tls-relay");
    setDaemon(true);
    this.source = source;
    this.engine = engine;
    this.sink = sink;
    source.configureBlocking(false);
    sink.configureBlocking(false);
    source.register(selector, SelectionKey.OP_READ);
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
      if (source.read(encrypted) < 0) {
        throw new IllegalStateException("a benchmark ended a connection");
      }
      encrypted.flip();
      plain.clear();
      while (engine.unwrap(encrypted, plain).bytesProduced() > 0) {
        // One record after the other, as long as there is a whole one.
      }
      encrypted.compact();
      plain.flip();
      while (plain.hasRemaining()) {
        sink.write(plain);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Ends the thread, and closes what it had. */
  void end() throws IOException, InterruptedException {
    interrupt();
    join();
    source.close();
    sink.close();
    selector.close();
  }
}
