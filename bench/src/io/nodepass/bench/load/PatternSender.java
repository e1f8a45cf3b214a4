package io.nodepass.bench.load;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/** Sends frames of the pattern to a blocking channel until the time is up, then the end. */
public final class PatternSender {
  private final WritableByteChannel channel;
  private final ByteBuffer longs = ByteBuffer.allocateDirect(2 * Long.BYTES);

  public PatternSender(WritableByteChannel channel) {
    this.channel = channel;
  }

  /**
   * Sends for {@code nanos} from now; the frame begun last is finished.
   *
   * @return the sum of the payloads, bytes
   */
  public long send(int salt, long nanos) throws IOException {
    long start = System.nanoTime();
    long sent = 0;
    while (System.nanoTime() - start < nanos) {
      writeFully(longs.clear().putLong(Wire.FRAME).flip());
      for (int left = Wire.FRAME; left > 0; ) {
        int slice = Math.min(left, Pattern.REACH);
        writeFully(Pattern.at(salt + sent, slice));
        sent += slice;
        left -= slice;
      }
    }
    writeFully(longs.clear().putLong(Wire.END).putLong(sent).flip());
    return sent;
  }

  private void writeFully(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }
}
