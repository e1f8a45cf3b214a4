package io.nodepass.transport.tls;

import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;

/**
 * Client engines that resume earlier sessions with the same server.
 *
 * <p>The JDK keeps one ticket per host and port, and a ticket is used once (RFC 8446 section C.4);
 * of several dials at the same time one would find it and the others pay a full handshake. So each
 * dial gets a slot, a port number of its own in the eyes of the JDK, and leaves the ticket of its
 * connection there for the next one. Any thread.
 */
public final class ResumingEngines {
  /** No number is given twice, so that nobody finds a ticket that was meant for another. */
  private static final AtomicInteger ALIASES = new AtomicInteger();

  private final IntFunction<SSLEngine> engines;
  // Guarded by itself. Those that have a ticket come first.
  private final ArrayDeque<Integer> free = new ArrayDeque<>();
  // Guarded by free. Numbers up to this one are not given to dials any more.
  private int forgotten;

  /**
   * Has {@code slots} of them.
   *
   * @param choice which server is believed
   * @param host as that of {@link TrustChoice#engine}
   * @param slots how many dials at a time may resume
   */
  public ResumingEngines(TrustChoice choice, String host, int slots) {
    this(choice.context(), alias -> choice.engine(host, alias), slots);
  }

  /** As above, with engines of that context. */
  ResumingEngines(SSLContext context, IntFunction<SSLEngine> engines, int slots) {
    this.engines = engines;
    for (int i = 0; i < slots; i++) {
      free.addLast(ALIASES.incrementAndGet());
    }
    // What fresh connections leave behind is of no use to anybody; the oldest is dropped first.
    context.getClientSessionContext().setSessionCacheSize(4 * slots + 16);
  }

  /** The engine of one dial, and its slot. */
  public final class Dial {
    private final SSLEngine engine;
    private Integer slot;

    private Dial(Integer slot) {
      this.slot = slot;
      this.engine = slot == null ? fresh() : engines.apply(slot);
    }

    public SSLEngine engine() {
      return engine;
    }

    /**
     * Frees the slot: when the first bytes of the connection have been read, because its ticket
     * comes before them, or when it has failed. Idempotent.
     *
     * @param ticket whether a ticket may have come
     */
    public void end(boolean ticket) {
      synchronized (free) {
        if (slot != null && slot - forgotten <= 0) {
          free.addLast(ALIASES.incrementAndGet());
        } else if (slot != null && ticket) {
          free.addFirst(slot);
        } else if (slot != null) {
          free.addLast(slot);
        }
        slot = null;
      }
    }
  }

  /** Begins a dial, which resumes if there is a ticket, and does not when all slots are taken. */
  public Dial dial() {
    Integer slot;
    synchronized (free) {
      slot = free.pollFirst();
    }
    return new Dial(slot);
  }

  /** Resumes none of the sessions so far, nor those of dials that are under way. */
  public void forget() {
    synchronized (free) {
      forgotten = ALIASES.get();
      for (int slots = free.size(); slots > 0; slots--) {
        free.removeFirst();
        free.addLast(ALIASES.incrementAndGet());
      }
    }
  }

  /** An engine that never resumes: for a connection whose certificate has to be seen. */
  public SSLEngine fresh() {
    return engines.apply(ALIASES.incrementAndGet());
  }
}
