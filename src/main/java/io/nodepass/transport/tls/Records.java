package io.nodepass.transport.tls;

import io.nodepass.buffer.BufferPool;
import io.nodepass.transport.Flow;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLEngineResult.Status;
import javax.net.ssl.SSLException;

/**
 * An engine, the flow beneath it, and the records that wait between the two: those that came and
 * were not decrypted yet, those that were encrypted and not taken by the flow yet. On the loop's
 * thread.
 */
final class Records {
  /** Most plain bytes in one record, RFC 8446 section 5.1. */
  private static final int FRAGMENT = 1 << 14;

  /** Header, content type and tag, RFC 8446 section 5.2. */
  private static final int OVERHEAD = 5 + 1 + 16;

  /** Answers to key updates that a peer may ask for without reading any. */
  private static final int MOST_ANSWERS = 32;

  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  private final Flow inner;
  private final SSLEngine engine;
  private final DelegatedTasks tasks;
  private final Held in = new Held();
  private final Held out = new Held();
  private ResumingEngines.Dial dial;
  private boolean partial;
  private boolean wrapDue;
  private int answersDue;
  private boolean ending;
  private boolean dry;

  Records(Flow inner, SSLEngine engine, DelegatedTasks tasks) {
    this.inner = inner;
    this.engine = engine;
    this.tasks = tasks;
  }

  /** Ends that dial once a plain byte has come, behind its ticket, or never will. */
  void keep(ResumingEngines.Dial dial) {
    this.dial = dial;
  }

  private void endDial(boolean ticket) {
    if (dial != null) {
      dial.end(ticket);
      dial = null;
    }
  }

  Flow inner() {
    return inner;
  }

  SSLEngine engine() {
    return engine;
  }

  DelegatedTasks tasks() {
    return tasks;
  }

  BufferPool pool() {
    return inner.loop().buffers();
  }

  /** Every buffer that is to take a record has at least this size. */
  int packetSize() {
    return engine.getSession().getPacketBufferSize();
  }

  /** There is something to {@link #unwrap}, as far as is known. */
  boolean hasInput() {
    return !in.isEmpty() && !partial;
  }

  /** Something encrypted waits for the inner flow to take it. */
  boolean hasResidue() {
    return !out.isEmpty();
  }

  /**
   * Reads from the inner flow what {@code wanted} plain bytes would need, or one record if that is
   * more: not everything there is, so that little is left to be held.
   *
   * @return what the inner flow's read gave
   */
  int fill(int wanted) throws IOException {
    int packet = packetSize();
    int target = Math.max(FRAGMENT, wanted);
    target += OVERHEAD * ((target + FRAGMENT - 1) / FRAGMENT);
    ByteBuffer buffer = in.open(pool(), packet);
    int before = buffer.position();
    try {
      buffer.limit(Math.max(before + 1, Math.min(buffer.capacity(), target)));
      int n = inner.read(buffer);
      partial &= n <= 0;
      dry = buffer.hasRemaining();
      return n;
    } finally {
      buffer.flip();
      in.trim(pool());
    }
  }

  /** Takes what somebody else has read from the inner flow, before anything else was. */
  void prime(ByteBuffer first) {
    in.open(pool(), Math.max(packetSize(), first.remaining())).put(first).flip();
  }

  /** The last {@link #fill} got less than it asked for: asking again only costs a system call. */
  boolean dry() {
    return dry;
  }

  /**
   * Decrypts one record; {@code BUFFER_UNDERFLOW} when there is none.
   *
   * @throws IOException when the record is not what it should be; the alert has been sent then
   */
  SSLEngineResult unwrap(ByteBuffer target) throws IOException {
    ByteBuffer source = in.isEmpty() ? NOTHING : in.bytes();
    try {
      SSLEngineResult result = engine.unwrap(source, target);
      partial = result.getStatus() == Status.BUFFER_UNDERFLOW;
      wrapDue |= wantsWrap(result);
      boolean silent = result.bytesConsumed() > 0 && result.bytesProduced() == 0;
      if (wrapDue && silent && !out.isEmpty() && ++answersDue > MOST_ANSWERS) {
        throw new SSLException("the peer asks for new keys and does not read the answers");
      }
      if (result.bytesProduced() > 0) {
        endDial(/* ticket= */ true);
      }
      startTasks(result);
      return result;
    } catch (SSLException e) {
      sayWhy();
      throw e;
    } finally {
      in.trim(pool());
    }
  }

  /**
   * Encrypts as many records as one buffer takes. To be called when {@link #flush} was true.
   *
   * @param one the source, or null when it is {@code many}
   * @return how many plain bytes were taken
   */
  long wrap(ByteBuffer one, ByteBuffer[] many, int offset, int length) throws IOException {
    int packet = packetSize();
    ByteBuffer buffer = out.open(pool(), packet);
    long taken = 0;
    try {
      SSLEngineResult result;
      do {
        result = one != null ? engine.wrap(one, buffer) : engine.wrap(many, offset, length, buffer);
        taken += result.bytesConsumed();
        wrapDue = wantsWrap(result);
        startTasks(result);
        if (result.getStatus() == Status.CLOSED && hasRemaining(one, many, offset, length)) {
          throw new ClosedChannelException();
        }
      } while (result.bytesProduced() > 0
          && buffer.remaining() >= packet
          && (wrapDue || hasRemaining(one, many, offset, length)));
      boolean stuck = taken == 0 && buffer.position() == 0 && !tasks.running();
      if (stuck && hasRemaining(one, many, offset, length)) {
        throw new SSLException("the engine takes no bytes");
      }
      return taken;
    } finally {
      buffer.flip();
      out.trim(pool());
    }
  }

  static boolean hasRemaining(ByteBuffer one, ByteBuffer[] many, int offset, int length) {
    if (one != null) {
      return one.hasRemaining();
    }
    for (int i = offset; i < offset + length; i++) {
      if (many[i].hasRemaining()) {
        return true;
      }
    }
    return false;
  }

  /** The engine has something to say of its own: an answer to a key update, an end. */
  void wrapIsDue() {
    wrapDue = true;
  }

  /** Has the engine say that our side has ended; {@link #flush} hands it on. */
  void end() {
    ending = true;
    engine.closeOutbound();
    wrapDue = true;
  }

  /**
   * Hands on what was encrypted and what the engine has to say. True when nothing is left.
   *
   * @throws PeerEndedException when the inner flow takes nothing any more
   */
  boolean flush() throws IOException {
    while (true) {
      if (!out.isEmpty()) {
        send(out.bytes());
        out.shrink(pool());
        if (!out.isEmpty()) {
          return false;
        }
      }
      if (!wrapDue) {
        answersDue = 0;
        return true;
      }
      if (tasks.running()) {
        return false;
      }
      wrapDue = false;
      wrap(NOTHING, null, 0, 0);
      if (out.isEmpty()) {
        wrapDue &= tasks.running();
      }
    }
  }

  private void send(ByteBuffer bytes) throws PeerEndedException {
    try {
      inner.write(bytes);
    } catch (IOException e) {
      throw new PeerEndedException(e);
    }
  }

  /** Whether the engine, having answered {@code status}, has something to say of its own. */
  private boolean wantsWrap(SSLEngineResult result) {
    // Once the peer has ended, an engine wants to end too, and says so by "need wrap" each time.
    return result.getHandshakeStatus() == HandshakeStatus.NEED_WRAP
        && (!engine.isInboundDone() || (ending && !engine.isOutboundDone()));
  }

  private void startTasks(SSLEngineResult result) throws IOException {
    if (result.getHandshakeStatus() == HandshakeStatus.NEED_TASK && !tasks.running()) {
      tasks.start();
    }
  }

  /** Sends the alert that says what was wrong, as far as the flow takes it at once. */
  private void sayWhy() {
    try {
      wrapDue = true;
      flush();
    } catch (IOException e) {
      // The peer has gone; there is nobody to be told.
    }
  }

  /** To be called before a turn ends. */
  void shrink() {
    in.shrink(pool());
  }

  void releaseInput() {
    in.release(pool());
    partial = false;
  }

  /**
   * Takes away from here what was encrypted and what the engine has to say yet. It is in a buffer
   * of the heap, so that a peer that reads nothing cannot keep those which others need.
   */
  ByteBuffer takeLast() throws IOException {
    int waiting = out.isEmpty() ? 0 : out.bytes().remaining();
    int packet = packetSize();
    ByteBuffer last = ByteBuffer.allocate(wrapDue ? waiting + 2 * packet : waiting);
    if (waiting > 0) {
      last.put(out.bytes());
      out.release(pool());
    }
    while (wrapDue && last.remaining() >= packet) {
      SSLEngineResult result = engine.wrap(NOTHING, last);
      wrapDue = wantsWrap(result) && result.bytesProduced() > 0;
    }
    return last.flip();
  }

  void release() {
    endDial(/* ticket= */ false);
    releaseInput();
    out.release(pool());
  }

  void leave() {
    in.leave(pool());
    out.leave(pool());
    tasks.leave();
  }
}
