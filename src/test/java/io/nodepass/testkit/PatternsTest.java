package io.nodepass.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class PatternsTest {
  @Test
  void bytesDoNotDependOnHowTheyArePieced() {
    byte[] whole = Patterns.bytes(7, 1_000);
    byte[] pieced = new byte[1_000];
    for (int at = 0, step = 1; at < pieced.length; at += step, step = step % 23 + 1) {
      Patterns.fill(7, at, pieced, at, Math.min(step, pieced.length - at));
    }
    assertArrayEquals(whole, pieced);
  }

  @Test
  void seedsGiveDifferentStreams() {
    assertFalse(Arrays.equals(Patterns.bytes(1, 64), Patterns.bytes(2, 64)));
  }

  @Test
  void checkerTakesTheRightStream() throws IOException {
    new Patterns.Checker(3).readAll(Patterns.stream(3, 200_001), 200_001);
  }

  @Test
  void checkerNamesTheFirstWrongByte() {
    byte[] bytes = Patterns.bytes(3, 100_000);
    bytes[70_001] ^= 1;
    Patterns.Checker checker = new Patterns.Checker(3);
    AssertionError error =
        assertThrows(AssertionError.class, () -> checker.accept(bytes, 0, bytes.length));
    assertEquals("seed 3: byte 70001", error.getMessage().substring(0, 18));
  }

  @Test
  void checkerSeesSwappedBlocksOfTheSameStream() {
    byte[] bytes = Patterns.bytes(3, 64);
    byte[] swapped = new byte[64];
    System.arraycopy(bytes, 0, swapped, 32, 32);
    System.arraycopy(bytes, 32, swapped, 0, 32);
    Patterns.Checker checker = new Patterns.Checker(3);
    assertThrows(AssertionError.class, () -> checker.accept(swapped, 0, 64));
  }

  @Test
  void checkerSeesAStreamThatIsTooShort() {
    ByteArrayInputStream in = new ByteArrayInputStream(Patterns.bytes(3, 99));
    Patterns.Checker checker = new Patterns.Checker(3);
    assertThrows(AssertionError.class, () -> checker.readAll(in, 100));
  }

  @Test
  void hashesAreThoseOfTheBytes() throws IOException {
    byte[] bytes = Patterns.stream(11, 150_000).readAllBytes();
    byte[] digest = Patterns.newSha256().digest(bytes);
    assertEquals(HexFormat.of().formatHex(digest), Patterns.sha256(11, 150_000));
    java.util.zip.CRC32 crc = new java.util.zip.CRC32();
    crc.update(bytes);
    assertEquals(crc.getValue(), Patterns.crc32(11, 150_000));
  }
}
