package io.nodepass.testkit;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;

/** A frame of a data connection in modes 1 and 2, by docs/protocol.md alone. */
final class SessionFrame {
  static final int OPEN = 1;
  static final int DATA = 2;
  static final int END = 3;
  static final int ABORT = 4;
  static final int DONE = 5;

  /** Most bytes behind the eight of the head. */
  static final int MOST = 16_376;

  private static final int HEAD = 8;

  final int type;
  final int flow;
  final byte[] payload;

  private SessionFrame(int type, int flow, byte[] payload) {
    this.type = type;
    this.flow = flow;
    this.payload = payload;
  }

  /** The next one, or null at the end. */
  static SessionFrame read(SessionPipe pipe) throws IOException {
    int type = pipe.read();
    if (type < 0) {
      return null;
    }
    ByteBuffer head = ByteBuffer.wrap(pipe.exactly(HEAD - 1));
    int second = head.get();
    int length = head.getShort() & 0xffff;
    int flow = head.getInt();
    if (type < OPEN || type > DONE || second != 0 || length > most(type)) {
      throw new IOException("no frame: type " + type + ", " + second + ", length " + length);
    }
    if (type == DATA && length == 0) {
      throw new IOException("DATA without data");
    }
    return new SessionFrame(type, flow, pipe.exactly(length));
  }

  private static int most(int type) {
    return switch (type) {
      case OPEN -> 1024;
      case DATA -> MOST;
      case ABORT -> 512;
      default -> 0;
    };
  }

  /** Writes one in one go, whether it is allowed or not. */
  static void write(SessionPipe pipe, int type, int flow, byte[] payload, int from, int length)
      throws IOException {
    byte[] frame =
        ByteBuffer.allocate(HEAD + length)
            .put((byte) type)
            .put((byte) 0)
            .putShort((short) length)
            .putInt(flow)
            .put(payload, from, length)
            .array();
    pipe.write(frame, frame.length);
  }

  static void write(SessionPipe pipe, int type, int flow, byte[] payload) throws IOException {
    write(pipe, type, flow, payload, 0, payload.length);
  }

  /** The next one, which must be there and belong to this flow. */
  static SessionFrame read(SessionPipe pipe, int flow) throws IOException {
    SessionFrame frame = read(pipe);
    if (frame == null) {
      throw new EOFException("ended in the middle of flow " + flow);
    }
    if (frame.flow != flow) {
      throw new IOException("a frame of flow " + frame.flow + " in flow " + flow);
    }
    return frame;
  }
}
