package io.nodepass.transport;

import io.nodepass.reactor.EventLoop;
import io.nodepass.reactor.OwnThread;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Looks names up on threads of its own, which end when they have been idle for a while. Callers
 * that ask for a name which is being looked up already share that answer. Any thread.
 */
public final class Resolver implements AutoCloseable {
  private static final int MOST_THREADS = 16;
  private static final long CLOSE_MILLIS = 500;

  private final ThreadPoolExecutor threads;
  private final Lookup lookup;
  // Guarded by itself.
  private final Map<String, List<Waiter>> underWay = new HashMap<>();

  /** How a name becomes addresses; may block. */
  @FunctionalInterface
  public interface Lookup {
    InetAddress[] addresses(String host) throws UnknownHostException;
  }

  /** What a look-up found; called on the loop that was named. */
  public interface Callback {
    void resolved(InetAddress[] addresses);

    void failed(IOException cause);
  }

  private record Waiter(EventLoop loop, Callback callback) {}

  public Resolver() {
    this(InetAddress::getAllByName);
  }

  public Resolver(Lookup lookup) {
    this.lookup = lookup;
    this.threads =
        new ThreadPoolExecutor(
            0,
            MOST_THREADS,
            10,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            task -> new OwnThread(task, "nodepass-resolver"));
  }

  /**
   * Whether {@code host} is an address rather than a name, so that no look-up is needed: a colon
   * behind nothing but hexadecimal digits makes it IPv6, four numbers up to 255 make it IPv4; empty
   * means loopback. It is strict because {@link InetAddress} looks up, and blocks, whatever it
   * cannot read as an address.
   */
  public static boolean isLiteral(String host) {
    int colon = host.indexOf(':');
    if (colon < 0) {
      return host.isEmpty() || isIpv4(host);
    }
    for (int i = 0; i < colon; i++) {
      if (Character.digit(host.charAt(i), 16) < 0) {
        return false;
      }
    }
    return true;
  }

  private static boolean isIpv4(String host) {
    int parts = 1;
    int digits = 0;
    int value = 0;
    for (int i = 0; i < host.length(); i++) {
      char c = host.charAt(i);
      if (c == '.' && digits > 0) {
        parts++;
        digits = 0;
        value = 0;
      } else if (c >= '0' && c <= '9' && digits < 3) {
        digits++;
        value = value * 10 + (c - '0');
      } else {
        return false;
      }
      if (value > 255) {
        return false;
      }
    }
    return parts == 4 && digits > 0;
  }

  /** Looks the name up and calls back on {@code loop}, later even when it fails at once. */
  public void resolve(String host, EventLoop loop, Callback callback) {
    synchronized (underWay) {
      List<Waiter> waiters = underWay.get(host);
      if (waiters != null) {
        waiters.add(new Waiter(loop, callback));
        return;
      }
      waiters = new ArrayList<>(1);
      waiters.add(new Waiter(loop, callback));
      underWay.put(host, waiters);
    }
    try {
      threads.execute(() -> look(host));
    } catch (RejectedExecutionException e) {
      answer(host, null, new IOException("look-up of " + host + ": too many are under way"));
    } catch (Throwable e) { // no thread can be made: those who wait must hear of it
      answer(host, null, new IOException("look-up of " + host + ": " + e, e));
    }
  }

  private void look(String host) {
    try {
      answer(host, lookup.addresses(host), null);
    } catch (UnknownHostException e) {
      answer(host, null, new IOException("look-up of " + host + ": name not found"));
    } catch (Throwable e) {
      answer(host, null, new IOException("look-up of " + host + ": " + e, e));
    }
  }

  private void answer(String host, InetAddress[] addresses, IOException failure) {
    List<Waiter> waiters;
    synchronized (underWay) {
      waiters = underWay.remove(host);
    }
    for (Waiter waiter : waiters) {
      try {
        waiter.loop.execute(
            () -> {
              if (failure == null) {
                waiter.callback.resolved(addresses);
              } else {
                waiter.callback.failed(failure);
              }
            });
      } catch (RejectedExecutionException e) {
        // The loop has ended, and with it everybody who could want the answer.
      }
    }
  }

  /**
   * Waits for the threads that are idle. One that the system keeps in a look-up cannot be woken: it
   * ends by itself, and its answer reaches nobody.
   */
  @Override
  public void close() {
    OwnThread.end(threads, CLOSE_MILLIS);
  }
}
