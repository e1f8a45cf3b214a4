package io.nodepass.transport.framed;

/** The eight bytes before every payload, and what may follow them: docs/protocol.md. */
final class Frame {
  static final int OPEN = 1;
  static final int DATA = 2;
  static final int END = 3;
  static final int ABORT = 4;
  static final int DONE = 5;

  static final int HEADER = 8;

  /** With its header a frame is as long as what a TLS record takes, so that one holds the other. */
  static final int MOST_DATA = (1 << 14) - HEADER;

  static final int MOST_SIGNAL = 1024;
  static final int MOST_ABORT = 512;

  private Frame() {}

  /** A header as a big-endian number. */
  static long header(int type, int length, int flow) {
    return (long) type << 56 | (long) length << 32 | (flow & 0xffff_ffffL);
  }

  static int type(long header) {
    return (int) (header >>> 56);
  }

  /** The second byte, which must be 0. */
  static int reserved(long header) {
    return (int) (header >>> 48) & 0xff;
  }

  static int length(long header) {
    return (int) (header >>> 32) & 0xffff;
  }

  static int flow(long header) {
    return (int) header;
  }

  /** How a message calls it. */
  static String name(int type) {
    return switch (type) {
      case OPEN -> "OPEN";
      case DATA -> "DATA";
      case END -> "END";
      case ABORT -> "ABORT";
      case DONE -> "DONE";
      default -> "a frame of unknown type " + type;
    };
  }

  /** Most bytes that may follow; -1 when there is no such frame. */
  static int mostPayload(int type) {
    return switch (type) {
      case OPEN -> MOST_SIGNAL;
      case DATA -> MOST_DATA;
      case ABORT -> MOST_ABORT;
      case END, DONE -> 0;
      default -> -1;
    };
  }
}
