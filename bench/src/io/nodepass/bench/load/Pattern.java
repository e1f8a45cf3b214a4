package io.nodepass.bench.load;

import java.nio.ByteBuffer;
import java.util.SplittableRandom;

/**
 * Bytes that depend on their position: random, with a period of 2^17 - 1. The period is prime, so
 * bytes that were moved, repeated or left out by any amount a buffer could explain do not match.
 * Comparing against a period that stays in the cache costs far less than computing or hashing.
 */
public final class Pattern {
  /** Longest slice {@link #at} gives out, bytes. */
  public static final int REACH = 1 << 17;

  private static final int PERIOD = (1 << 17) - 1;
  private static final ByteBuffer BYTES = generate();

  private Pattern() {}

  private static ByteBuffer generate() {
    byte[] period = new byte[PERIOD];
    new SplittableRandom(0x6e6f646570617373L).nextBytes(period);
    ByteBuffer bytes = ByteBuffer.allocateDirect(PERIOD + REACH);
    while (bytes.hasRemaining()) {
      bytes.put(period, 0, Math.min(PERIOD, bytes.remaining()));
    }
    return bytes.flip().asReadOnlyBuffer();
  }

  /** A view of the pattern's bytes {@code position} to {@code position + length}. */
  public static ByteBuffer at(long position, int length) {
    return BYTES.slice((int) (position % PERIOD), length);
  }
}
