package io.nodepass.bench.load;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import java.time.Duration;

/**
 * A blocking connection with a deadline: when it passes, the channel is closed under whoever waits
 * on it, who then sees an IOException. Reads and writes thus cost no extra system call.
 */
public final class Connection implements Closeable {
  private static final Duration HELD = Duration.ofDays(1);

  private final SocketChannel channel;
  private final ByteBuffer one = ByteBuffer.allocateDirect(1);

  /** Written by the connection's user, read by the watchdog; {@link System#nanoTime}. */
  private volatile long deadline;

  private Connection(SocketChannel channel, Duration timeout) {
    this.channel = channel;
    allow(timeout);
  }

  /** Connects; {@code timeout} covers everything done until {@link #allow} is called again. */
  public static Connection open(InetSocketAddress address, Duration timeout) throws IOException {
    Connection connection = new Connection(SocketChannel.open(), timeout);
    Watchdog.watch(connection);
    try {
      connection.channel.connect(address);
      connection.channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      return connection;
    } catch (IOException e) {
      connection.close();
      throw e;
    }
  }

  public SocketChannel channel() {
    return channel;
  }

  /** Moves the deadline to {@code timeout} from now. */
  public void allow(Duration timeout) {
    deadline = System.nanoTime() + timeout.toNanos();
  }

  /** Lifts the deadline for a connection that is to be held. */
  public void hold() {
    allow(HELD);
  }

  /** What a failure was: nobody but the watchdog closes a channel under its user. */
  public static String reason(IOException failure) {
    return failure instanceof ClosedChannelException ? "timed out" : failure.toString();
  }

  boolean isOverdue(long now) {
    return now - deadline > 0;
  }

  public void write(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  public void write(byte value) throws IOException {
    write(one.clear().put(value).flip());
  }

  /** Reads until {@code bytes} is full and flips it. */
  public ByteBuffer readFully(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      if (channel.read(bytes) < 0) {
        throw new EOFException("connection ended");
      }
    }
    return bytes.flip();
  }

  /** Reads one byte that must be {@code expected}. */
  public void expect(byte expected) throws IOException {
    byte got = readFully(one.clear()).get();
    if (got != expected) {
      throw new WrongBytesException("got " + got + " for " + expected, 0);
    }
  }

  @Override
  public void close() throws IOException {
    Watchdog.forget(this);
    channel.close();
  }
}
