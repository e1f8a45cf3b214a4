package io.nodepass.bench.work;

import io.nodepass.bench.load.Connection;
import io.nodepass.bench.load.Dialer;
import io.nodepass.bench.load.Lanes;
import io.nodepass.bench.load.PatternReceiver;
import io.nodepass.bench.load.PatternSender;
import io.nodepass.bench.load.Wire;
import io.nodepass.bench.load.WrongBytesException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Bulk data over several connections at once. All are open before the clock starts; it stops when
 * the last byte has been compared at the receiving end.
 */
final class Transfer {
  private static final Duration DRAIN = Duration.ofSeconds(20);

  private final Stage stage;

  /** Distinguishes the patterns of connections, so that bytes of another one do not match. */
  private int salt;

  Transfer(Stage stage) {
    this.stage = stage;
  }

  /**
   * @param bytes received and compared, all connections together
   * @param cpuSeconds used by the tunnel's processes meanwhile
   */
  record Outcome(long bytes, double seconds, double cpuSeconds) {
    double gigabits() {
      return bytes * 8 / seconds / 1e9;
    }

    double cpuSecondsPerGiB() {
      return cpuSeconds / bytes * (1L << 30);
    }
  }

  private record Lane(byte direction, int salt, Connection connection) {}

  Outcome run(int uploads, int downloads, Duration duration)
      throws IOException, InterruptedException {
    Dialer dialer = stage.dialer();
    List<Lane> lanes = new ArrayList<>();
    try {
      for (int i = 0; i < uploads + downloads; i++) {
        byte direction = i < uploads ? Wire.UPLOAD : Wire.DOWNLOAD;
        salt += 7919;
        lanes.add(new Lane(direction, salt, dialer.bulk(direction, salt, duration)));
      }
      AtomicLong bytes = new AtomicLong();
      double cpu = stage.tunnel().cpuSeconds();
      long start = System.nanoTime();
      Lanes.run(lanes.size(), i -> bytes.addAndGet(transfer(lanes.get(i), duration)));
      double seconds = (System.nanoTime() - start) / 1e9;
      return new Outcome(bytes.get(), seconds, stage.tunnel().cpuSeconds() - cpu);
    } finally {
      for (Lane lane : lanes) {
        lane.connection().close();
      }
      stage.lost(dialer.lost(), dialer.lastFailure());
    }
  }

  private static long transfer(Lane lane, Duration duration) throws IOException {
    Connection connection = lane.connection();
    connection.allow(duration.plus(DRAIN));
    if (lane.direction() == Wire.DOWNLOAD) {
      connection.write(Wire.GO);
      return new PatternReceiver(connection.channel()).receive(lane.salt());
    }
    long sent = new PatternSender(connection.channel()).send(lane.salt(), duration.toNanos());
    long received = connection.readFully(ByteBuffer.allocate(Long.BYTES)).getLong();
    if (received != sent) {
      throw new WrongBytesException("upload of " + sent, Math.max(received, -1 - received));
    }
    return received;
  }
}
