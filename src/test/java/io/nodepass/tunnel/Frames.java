package io.nodepass.tunnel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;

/** The frames of a data connection, written and read by hand. */
final class Frames {
  static final int OPEN = 1;
  static final int DATA = 2;
  static final int END = 3;
  static final int ABORT = 4;
  static final int DONE = 5;

  private static final int BYTE = 0xff;

  private final Peer peer;

  Frames(Peer peer) {
    this.peer = peer;
  }

  void send(int type, int flow, String payload) throws IOException {
    peer.send(text(type, flow, payload));
  }

  /** A frame as the bytes that it is. */
  static String text(int type, int flow, String payload) {
    StringBuilder frame = new StringBuilder();
    frame.append((char) type).append((char) 0);
    number(frame, payload.length(), 2);
    number(frame, flow, 4);
    return frame.append(payload).toString();
  }

  private static void number(StringBuilder text, int number, int bytes) {
    for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
      text.append((char) (number >>> shift & BYTE));
    }
  }

  /** The payload of the next frame, which is to be of that type and flow. */
  String expect(int type, int flow) throws IOException {
    String header = peer.read(8);
    assertEquals(type, header.charAt(0), "type of the frame");
    assertEquals(0, header.charAt(1));
    assertEquals(text(0, flow, "").substring(4), header.substring(4), "flow of the frame");
    return peer.read(header.charAt(2) << 8 | header.charAt(3));
  }
}
