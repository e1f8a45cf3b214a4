package io.nodepass.testkit;

import java.io.InputStream;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.zip.CRC32;

/**
 * Endless byte streams in which every byte depends on a seed and on its position. A lost, doubled,
 * swapped or foreign byte is therefore seen where it happens, and a stream of any length can be
 * checked without being stored.
 */
public final class Patterns {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final int BLOCK = 64 * 1024;

  private Patterns() {}

  /** Writes the stream's bytes {@code position..position+length} into the array. */
  public static void fill(long seed, long position, byte[] into, int offset, int length) {
    int done = 0;
    while (done < length) {
      long at = position + done;
      if ((at & 7) == 0 && length - done >= 8) {
        LONGS.set(into, offset + done, word(seed, at >>> 3));
        done += 8;
      } else {
        into[offset + done] = (byte) (word(seed, at >>> 3) >>> ((at & 7) * 8));
        done++;
      }
    }
  }

  /** The stream's first bytes. */
  public static byte[] bytes(long seed, int length) {
    byte[] bytes = new byte[length];
    fill(seed, 0, bytes, 0, length);
    return bytes;
  }

  /** The SHA-256 of the stream's first bytes, in lower-case hex. */
  public static String sha256(long seed, long length) {
    MessageDigest digest = newSha256();
    eachBlock(seed, length, digest::update);
    return HexFormat.of().formatHex(digest.digest());
  }

  /** The CRC-32 of the stream's first bytes. */
  public static long crc32(long seed, long length) {
    CRC32 crc = new CRC32();
    eachBlock(seed, length, crc::update);
    return crc.getValue();
  }

  public static MessageDigest newSha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }

  /** The stream's first {@code length} bytes, to be read. */
  public static InputStream stream(long seed, long length) {
    return new PatternStream(seed, length);
  }

  /** Mixes seed and index so that neighbouring words share nothing visible. */
  private static long word(long seed, long index) {
    long z = (seed + 1) * 0xD1342543DE82EF95L + index * 0x9E3779B97F4A7C15L;
    z = (z ^ (z >>> 32)) * 0xD6E8FEB86659FD93L;
    z = (z ^ (z >>> 32)) * 0xD6E8FEB86659FD93L;
    return z ^ (z >>> 32);
  }

  @FunctionalInterface
  private interface Block {
    void accept(byte[] bytes, int offset, int length);
  }

  private static void eachBlock(long seed, long length, Block block) {
    byte[] bytes = new byte[BLOCK];
    for (long at = 0; at < length; at += BLOCK) {
      int part = (int) Math.min(BLOCK, length - at);
      fill(seed, at, bytes, 0, part);
      block.accept(bytes, 0, part);
    }
  }

  /** Takes a stream in pieces of any size and fails at the first wrong byte. Not thread-safe. */
  public static final class Checker {
    private final long seed;
    private final byte[] expected = new byte[BLOCK];
    private long position;

    public Checker(long seed) {
      this.seed = seed;
    }

    /** Bytes accepted so far, all of them right. */
    public long position() {
      return position;
    }

    public void accept(byte[] bytes, int offset, int length) {
      for (int done = 0; done < length; ) {
        int part = Math.min(BLOCK, length - done);
        int from = offset + done;
        fill(seed, position, expected, 0, part);
        int wrong = Arrays.mismatch(bytes, from, from + part, expected, 0, part);
        if (wrong >= 0) {
          throw new AssertionError(
              "seed %d: byte %d is 0x%02x and should be 0x%02x"
                  .formatted(seed, position + wrong, bytes[from + wrong], expected[wrong]));
        }
        position += part;
        done += part;
      }
    }

    /** Reads the stream to its end, which must come after exactly this many bytes. */
    public void readAll(InputStream in, long length) throws java.io.IOException {
      byte[] bytes = new byte[BLOCK];
      for (int n = in.read(bytes); n >= 0; n = in.read(bytes)) {
        accept(bytes, 0, n);
      }
      if (position != length) {
        throw new AssertionError(
            "seed %d: the stream ended after %d of %d bytes".formatted(seed, position, length));
      }
    }
  }

  private static final class PatternStream extends InputStream {
    private final long seed;
    private final long length;
    private long position;

    PatternStream(long seed, long length) {
      this.seed = seed;
      this.length = length;
    }

    @Override
    public int read() {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
    }

    @Override
    public int read(byte[] into, int offset, int wanted) {
      if (position == length) {
        return -1;
      }
      int part = (int) Math.min(wanted, length - position);
      fill(seed, position, into, offset, part);
      position += part;
      return part;
    }
  }
}
