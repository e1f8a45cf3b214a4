package io.nodepass.bench.target;

import io.nodepass.bench.load.PatternReceiver;
import io.nodepass.bench.load.PatternSender;
import io.nodepass.bench.load.Wire;
import io.nodepass.bench.load.WrongBytesException;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;

/** The target's side of one bulk connection, on a thread of its own. */
final class BulkService implements Runnable {
  private final SocketChannel channel;
  private final byte[] prefix;

  private BulkService(SocketChannel channel, byte[] prefix) {
    this.channel = channel;
    this.prefix = prefix;
  }

  /** Takes over a blocking channel of which {@code prefix} was already read. */
  static void start(SocketChannel channel, byte[] prefix) {
    Thread thread = new Thread(new BulkService(channel, prefix), "bulk");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void run() {
    try (channel) {
      ByteBuffer hello = ByteBuffer.allocate(1 + Wire.HELLO_REST).put(prefix);
      readFully(hello);
      byte direction = hello.get();
      int salt = hello.getInt();
      int millis = hello.getInt();
      channel.write(ByteBuffer.wrap(new byte[] {Wire.READY}));
      if (direction == Wire.UPLOAD) {
        sink(salt);
      } else {
        readFully(ByteBuffer.allocate(1));
        new PatternSender(channel).send(salt, TimeUnit.MILLISECONDS.toNanos(millis));
        discardToEnd();
      }
    } catch (IOException e) {
      // The generator misses its answer and counts the connection as lost.
    }
  }

  private void sink(int salt) throws IOException {
    long answer;
    try {
      answer = new PatternReceiver(channel).receive(salt);
    } catch (WrongBytesException e) {
      answer = -1 - e.position();
    }
    channel.write(ByteBuffer.allocate(Long.BYTES).putLong(answer).flip());
    discardToEnd();
  }

  /** Closing with bytes unread would reset the connection and could destroy the answer. */
  private void discardToEnd() throws IOException {
    ByteBuffer discarded = ByteBuffer.allocateDirect(1 << 16);
    while (channel.read(discarded.clear()) >= 0) {}
  }

  private void readFully(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      if (channel.read(bytes) < 0) {
        throw new EOFException();
      }
    }
    bytes.flip();
  }
}
