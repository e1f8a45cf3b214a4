package io.nodepass.bench.load;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Opens connections through a tunnel all the way to the target. An attempt that fails is counted as
 * lost and repeated until the patience ends, so that a tunnel that drops some can still be measured
 * on the others. Any thread may use it.
 */
public final class Dialer {
  private static final Duration ATTEMPT = Duration.ofSeconds(10);
  private static final int PARALLEL = 16;
  private static final long PAUSE_MS = 20;

  private final InetSocketAddress entry;
  private final long deadline;
  private final AtomicInteger lost = new AtomicInteger();

  /** Written by whichever attempt failed last. */
  private volatile String lastFailure = "";

  public Dialer(InetSocketAddress entry, Duration patience) {
    this.entry = entry;
    this.deadline = System.nanoTime() + patience.toNanos();
  }

  /** Attempts that failed so far. */
  public int lost() {
    return lost.get();
  }

  public String lastFailure() {
    return lastFailure;
  }

  /** A connection that has echoed one byte; it has no deadline any more. */
  public Connection echo() throws IOException, InterruptedException {
    return dial(ByteBuffer.allocate(1).put(Wire.ECHO).flip(), Wire.ECHO);
  }

  /** A bulk connection that is ready for its frames; it has no deadline any more. */
  public Connection bulk(byte direction, int salt, Duration duration)
      throws IOException, InterruptedException {
    return dial(Wire.hello(direction, salt, (int) duration.toMillis()), Wire.READY);
  }

  private Connection dial(ByteBuffer hello, byte answer) throws IOException, InterruptedException {
    while (true) {
      long left = deadline - System.nanoTime();
      if (left <= 0) {
        throw new IOException("patience ended; last failure: " + lastFailure);
      }
      Connection connection = null;
      try {
        Duration timeout = Duration.ofNanos(Math.min(left, ATTEMPT.toNanos()));
        connection = Connection.open(entry, timeout);
        connection.write(hello.duplicate());
        connection.expect(answer);
        connection.hold();
        return connection;
      } catch (WrongBytesException e) {
        connection.close();
        throw e;
      } catch (IOException e) {
        lastFailure = Connection.reason(e);
        lost.incrementAndGet();
        if (connection != null) {
          connection.close();
        }
        Thread.sleep(PAUSE_MS);
      }
    }
  }

  /**
   * Opens {@code count} echo connections, several at a time; fewer when the patience ends first.
   *
   * @throws WrongBytesException when one of them echoed another byte
   */
  public List<Connection> echoes(int count) throws IOException, InterruptedException {
    Queue<Connection> opened = new ConcurrentLinkedQueue<>();
    AtomicInteger left = new AtomicInteger(count);
    try {
      Lanes.run(
          Math.min(count, PARALLEL),
          lane -> {
            while (left.getAndDecrement() > 0) {
              opened.add(echo());
            }
          });
    } catch (WrongBytesException e) {
      for (Connection connection : opened) {
        connection.close();
      }
      throw e;
    } catch (IOException e) {
      lastFailure = e.getMessage();
    }
    return new ArrayList<>(opened);
  }
}
