package io.nodepass.transport.framed;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.nodepass.testkit.TestLoop;
import io.nodepass.transport.Flow;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** A peer that sends what a test writes down, right or wrong, and shows frames as text. */
final class RawPeer {
  private static final List<String> NAMES = List.of("?", "OPEN", "DATA", "END", "ABORT", "DONE");

  final Flow flow;
  private final TestLoop loop;
  private final ByteBuffer arrived = ByteBuffer.allocate(1 << 20);
  private final List<String> frames = new ArrayList<>();

  RawPeer(TestLoop loop, Flow flow) {
    this.loop = loop;
    this.flow = flow;
  }

  static byte[] frame(int type, int number, String payload) {
    return header(type, 0, payload.length(), number, payload);
  }

  static byte[] header(int type, int reserved, int length, int number, String payload) {
    return ByteBuffer.allocate(Frame.HEADER + payload.length())
        .put((byte) type)
        .put((byte) reserved)
        .putShort((short) length)
        .putInt(number)
        .put(payload.getBytes(ISO_8859_1))
        .array();
  }

  static byte[] join(byte[]... frames) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] frame : frames) {
      all.writeBytes(frame);
    }
    return all.toByteArray();
  }

  /** Sends all of it at once, as far as the other end is concerned. */
  void send(byte[]... frames) throws Exception {
    ByteBuffer all = ByteBuffer.wrap(join(frames));
    assertEquals(all.remaining(), (int) loop.call(() -> flow.write(all)));
  }

  /** Waits until exactly these frames have come, in this order, since this was called last. */
  void expect(String... expected) throws Exception {
    loop.until(
        List.of(expected) + " has come",
        () -> {
          take();
          return frames.size() >= expected.length;
        });
    loop.turns();
    loop.run(this::take);
    assertEquals(List.of(expected), List.copyOf(frames));
    frames.clear();
  }

  private void take() throws Exception {
    flow.read(arrived);
    arrived.flip();
    while (arrived.remaining() >= Frame.HEADER
        && arrived.remaining() >= Frame.HEADER + Short.toUnsignedInt(arrived.getShort(2 + at()))) {
      int type = arrived.get();
      assertEquals(0, arrived.get());
      byte[] payload = new byte[Short.toUnsignedInt(arrived.getShort())];
      int number = arrived.getInt();
      arrived.get(payload);
      String text = new String(payload, ISO_8859_1);
      frames.add(NAMES.get(type) + " " + number + (text.isEmpty() ? "" : " " + text));
    }
    arrived.compact();
  }

  private int at() {
    return arrived.position();
  }
}
