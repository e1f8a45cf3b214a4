package io.nodepass.transport.framed;

import io.nodepass.buffer.BufferPool;
import io.nodepass.transport.Flow;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Makes frames and hands them to the flow beneath. Of a frame that was taken in part the rest is
 * kept here and comes before anything else; with what is said at the end of a flow that is less
 * than {@link #MOST_KEPT} bytes. For the thread of the connection's loop.
 */
final class FrameWriter {
  /** How many frames are handed on at once: with their headers they fill a large buffer. */
  private static final int MOST_FRAMES = BufferPool.LARGE / (Frame.HEADER + Frame.MOST_DATA);

  /** What makes so many full frames, and no small one behind them, which would be a TLS record. */
  static final int BEST = MOST_FRAMES * Frame.MOST_DATA;

  /** A frame, and an END and a DONE behind it. */
  private static final int MOST_KEPT = Frame.HEADER + Frame.MOST_DATA + 2 * Frame.HEADER;

  private final Flow inner;
  // Header, payload, header, payload and so on. Payloads are views of one source, kept for the
  // next write from the same one, because a pool hands out the same few buffers all the time.
  private final ByteBuffer[] gather = new ByteBuffer[2 * MOST_FRAMES];
  private final ByteBuffer[] views = new ByteBuffer[MOST_FRAMES];
  private ByteBuffer viewed;
  private ByteBuffer rest;
  private boolean pooled;

  FrameWriter(Flow inner) {
    this.inner = inner;
    for (int i = 0; i < gather.length; i += 2) {
      gather[i] = ByteBuffer.allocate(Frame.HEADER);
    }
  }

  /** Something waits for the flow beneath to take it. */
  boolean hasRest() {
    return rest != null;
  }

  /** Hands on what waits; true when nothing is left. */
  boolean drain() throws IOException {
    if (rest != null) {
      inner.write(rest);
      if (rest.hasRemaining()) {
        return false;
      }
      releaseRest();
    }
    return true;
  }

  /** Sends as much as is taken, as DATA of that flow; returns how much. */
  int data(int flow, ByteBuffer source) throws IOException {
    int start = source.position();
    boolean more = source.hasRemaining() && drain();
    while (more) {
      more = frames(flow, source) && source.hasRemaining();
    }
    return source.position() - start;
  }

  /** True when all that was handed on was taken. */
  private boolean frames(int flow, ByteBuffer source) throws IOException {
    int begin = source.position();
    int left = source.remaining();
    int frames = 0;
    for (; left > 0 && frames < MOST_FRAMES; frames++) {
      int length = Math.min(left, Frame.MOST_DATA);
      gather[2 * frames].clear();
      gather[2 * frames].putLong(0, Frame.header(Frame.DATA, length, flow));
      left -= length;
      if (left == 0 && frames == 0) {
        gather[1] = source;
      } else {
        ByteBuffer view = view(source, frames);
        int from = begin + frames * Frame.MOST_DATA;
        gather[2 * frames + 1] = view.limit(from + length).position(from);
      }
    }
    try {
      inner.write(gather, 0, 2 * frames);
      for (int i = 0; i < 2 * frames; i += 2) {
        if (!taken(source, gather[i], gather[i + 1])) {
          return false;
        }
      }
      return true;
    } finally {
      gather[1] = null;
    }
  }

  @SuppressWarnings("ReferenceEquality") // that very buffer, not one of the same content
  private ByteBuffer view(ByteBuffer source, int index) {
    if (viewed != source) {
      forget();
      viewed = source;
    }
    if (views[index] == null) {
      views[index] = source.duplicate();
    }
    return views[index].clear();
  }

  /** Moves the source on by a frame of which something was taken; true when that was all of it. */
  private boolean taken(ByteBuffer source, ByteBuffer header, ByteBuffer payload) {
    if (header.position() == 0) {
      return false;
    }
    int end = payload.limit();
    boolean all = !header.hasRemaining() && !payload.hasRemaining();
    if (!all) {
      room(header.remaining() + payload.remaining());
      append(header);
      append(payload);
    }
    source.position(end);
    return all;
  }

  /** Sends a frame of another kind, after everything that was accepted before. */
  void control(int type, int flow, byte[] payload) throws IOException {
    room(Frame.HEADER + payload.length);
    append(frame(type, flow, payload));
    drain();
  }

  private static ByteBuffer frame(int type, int flow, byte[] payload) {
    return ByteBuffer.allocate(Frame.HEADER + payload.length)
        .putLong(Frame.header(type, payload.length, flow))
        .put(payload)
        .flip();
  }

  /** Says that the flow is aborted, if that is taken at once. */
  void abort(int flow, byte[] payload) {
    try {
      if (drain()) {
        inner.write(frame(Frame.ABORT, flow, payload));
      }
    } catch (IOException e) {
      // The connection is broken, so that the peer learns of it in another way.
    }
  }

  /** Makes room for so many bytes behind those that wait. */
  private void room(int bytes) {
    if (rest == null) {
      rest = pool().acquireSmall().limit(0);
      pooled = true;
    }
    int needed = rest.remaining() + bytes;
    if (rest.capacity() < needed) {
      replace(Math.max(needed, Math.min(MOST_KEPT, 2 * needed)));
    } else if (rest.capacity() - rest.limit() < bytes) {
      rest.compact().flip();
    }
  }

  private void append(ByteBuffer bytes) {
    int n = bytes.remaining();
    int end = rest.limit();
    rest.limit(end + n);
    rest.put(end, bytes, bytes.position(), n);
  }

  private void replace(int capacity) {
    ByteBuffer heap = ByteBuffer.allocate(capacity).put(rest).flip();
    releaseRest();
    rest = heap;
    pooled = false;
  }

  private void releaseRest() {
    if (pooled) {
      pool().release(rest);
    }
    rest = null;
    pooled = false;
  }

  private BufferPool pool() {
    return inner.loop().buffers();
  }

  /** Makes what waits independent of the pool, so that it can go to another loop. */
  void leave() {
    forget();
    if (pooled) {
      replace(rest.remaining());
    }
  }

  /** Keeps no view of anybody's buffer any longer. */
  void forget() {
    viewed = null;
    for (int i = 0; i < MOST_FRAMES; i++) {
      views[i] = null;
      gather[2 * i + 1] = null;
    }
  }

  void release() {
    forget();
    if (rest != null) {
      releaseRest();
    }
  }
}
