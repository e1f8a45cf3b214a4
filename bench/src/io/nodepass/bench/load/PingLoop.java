package io.nodepass.bench.load;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;

/** Keeps one message under way on each of its echo connections, all on the caller's thread. */
public final class PingLoop implements Closeable {
  /** Bytes of a message. */
  public static final int SIZE = 64;

  private static final Duration STALL = Duration.ofSeconds(10);

  private final Selector selector = Selector.open();
  private final ByteBuffer answer = ByteBuffer.allocateDirect(SIZE);
  private Latencies latencies;
  private long end;
  private int underWay;

  /** The connections become non-blocking and stay the caller's to close. */
  public PingLoop(List<Connection> connections) throws IOException {
    int number = 0;
    for (Connection connection : connections) {
      connection.channel().configureBlocking(false);
      Ping ping = new Ping(connection, number++ * 104_729L);
      connection.channel().register(selector, SelectionKey.OP_READ, ping);
    }
  }

  /** One connection's message. */
  private static final class Ping {
    final Connection connection;

    /** Where in the pattern the message stands: no two connections or turns are alike. */
    long position;

    int received;
    long sentAt;

    Ping(Connection connection, long position) {
      this.connection = connection;
      this.position = position;
    }

    void send() throws IOException {
      received = 0;
      sentAt = System.nanoTime();
      // A message is far smaller than the send buffer of a connection that carries nothing else.
      if (connection.channel().write(Pattern.at(position, SIZE)) != SIZE) {
        throw new IOException("short write");
      }
    }
  }

  /**
   * Exchanges messages for a time; those under way at its end are waited for.
   *
   * @throws IOException when a connection ends or nothing moves for {@code STALL}
   */
  public Latencies run(Duration duration) throws IOException {
    latencies = new Latencies();
    end = System.nanoTime() + duration.toNanos();
    for (SelectionKey key : selector.keys()) {
      Ping ping = (Ping) key.attachment();
      ping.connection.allow(duration.plus(STALL));
      ping.send();
      underWay++;
    }
    while (underWay > 0) {
      if (selector.select(STALL.toMillis()) == 0) {
        throw new IOException("no answer for " + STALL.toSeconds() + " s");
      }
      for (SelectionKey key : selector.selectedKeys()) {
        receive((Ping) key.attachment());
      }
      selector.selectedKeys().clear();
    }
    return latencies;
  }

  private void receive(Ping ping) throws IOException {
    SocketChannel channel = ping.connection.channel();
    answer.clear().limit(SIZE - ping.received);
    if (channel.read(answer) < 0) {
      throw new EOFException("connection ended");
    }
    answer.flip();
    int size = answer.remaining();
    int wrong = answer.mismatch(Pattern.at(ping.position + ping.received, size));
    if (wrong >= 0) {
      throw new WrongBytesException("answer", ping.received + wrong);
    }
    ping.received += size;
    if (ping.received == SIZE) {
      long now = System.nanoTime();
      latencies.add(now - ping.sentAt);
      ping.position += SIZE + 1;
      if (now - end < 0) {
        ping.send();
      } else {
        underWay--;
      }
    }
  }

  @Override
  public void close() throws IOException {
    selector.close();
  }
}
