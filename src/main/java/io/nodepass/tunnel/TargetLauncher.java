package io.nodepass.tunnel;

import io.nodepass.buffer.BufferPool;
import io.nodepass.reactor.EventLoop;
import io.nodepass.transport.Addresses;
import io.nodepass.transport.Flow;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Has the target dialled for every flow that the server has signalled, in either dialect, as soon
 * as there is room. Those that wait for it outlive the control connection, as running ones do. For
 * the home loop only.
 */
final class TargetLauncher {
  /** Most that may wait for room. */
  static final int MOST_WAITING = 4096;

  private final TunnelContext context;
  private final EventLoop home;
  private final InetSocketAddress target;
  private final String targetName;
  private final Admission admission;
  private final RelayBook book;
  private final Notices notices;
  private final Set<LaunchCandidate> waiting = new LinkedHashSet<>();

  TargetLauncher(
      TunnelContext context,
      InetSocketAddress target,
      Admission admission,
      RelayBook book,
      Notices notices) {
    this.context = context;
    this.home = context.home();
    this.target = target;
    this.targetName = Addresses.text(target);
    this.admission = admission;
    this.book = book;
    this.notices = notices;
  }

  /** Takes it over: it is dialled for now, or waits, or is ended. */
  void launch(LaunchCandidate candidate) {
    if (admission.isFull() && waiting.size() >= MOST_WAITING) {
      candidate.discard(new IOException("too many wait for room"));
      notices.failed("tcp to target " + targetName + " aborted: too many wait for room");
    } else if (admission.isFull()) {
      candidate.keep();
      waiting.add(candidate);
    } else {
      dial(candidate);
    }
  }

  int waiting() {
    return waiting.size();
  }

  /** One that waits, perhaps, has died. */
  void gone(LaunchCandidate candidate) {
    waiting.remove(candidate);
  }

  /** A connection in use has ended. */
  void hasRoom() {
    while (!waiting.isEmpty() && !admission.isFull()) {
      dial(next());
    }
  }

  /** Dials for all that wait, whatever the limit: nobody will be there who could do so later. */
  void launchAll() {
    while (!waiting.isEmpty()) {
      dial(next());
    }
  }

  private LaunchCandidate next() {
    Iterator<LaunchCandidate> oldest = waiting.iterator();
    LaunchCandidate candidate = oldest.next();
    oldest.remove();
    return candidate;
  }

  /** On the loop that has room; on the home loop when bytes are in a buffer of its own. */
  private void dial(LaunchCandidate candidate) {
    Flow tunnel = candidate.take();
    if (tunnel == null) {
      return;
    }
    admission.enter();
    ByteBuffer early = candidate.takeEarly();
    boolean mayMove = early == null || !early.isDirect();
    HandOver.to(
        mayMove ? context.loops().forRelay(home) : home,
        tunnel,
        () -> dial(tunnel, early),
        cause -> {
          tunnel.abort(cause);
          failed(String.valueOf(cause.getMessage()));
        });
  }

  private void dial(Flow tunnel, ByteBuffer early) {
    ByteBuffer bytes = early == null ? null : roomy(tunnel.loop().buffers(), early);
    new TargetDial(tunnel, bytes, book, targetName, this::failed).start(context.dialer(), target);
  }

  /** So that what the user says next can be read as well, and an abort be noticed. */
  private static ByteBuffer roomy(BufferPool buffers, ByteBuffer early) {
    if (early.isDirect()) {
      return early;
    }
    ByteBuffer buffer = buffers.acquireSmall();
    if (buffer.remaining() < early.remaining()) {
      buffers.release(buffer);
      return early;
    }
    return buffer.put(early).flip();
  }

  /** On any loop. */
  private void failed(String reason) {
    book.refused();
    notices.failed("tcp to target " + targetName + " aborted: " + reason);
  }
}
