package io.nodepass.transport.tcp;

import io.nodepass.reactor.EventLoop;
import io.nodepass.reactor.ReadyHandler;
import io.nodepass.reactor.Timer;
import io.nodepass.transport.Dialer;
import io.nodepass.transport.Resolver;
import java.io.IOException;
import java.net.ConnectException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * One dial: a race over the addresses of a name, after RFC 8305 (Happy Eyeballs). The next address
 * is tried when the one before it has failed, or has not connected within {@link #HEAD_START}; the
 * first that connects wins and the others are dropped.
 *
 * <p>State: waiting for addresses → racing → done (connected, failed or cancelled).
 */
final class TcpDial implements Dialer.Dial, Resolver.Callback {
  /** RFC 8305 section 5, Connection Attempt Delay. */
  private static final long HEAD_START = TimeUnit.MILLISECONDS.toNanos(250);

  private final EventLoop loop;
  private final String what;
  private final int port;
  private final Dialer.Callback callback;
  private final Timer limit;
  private Timer next;
  private List<InetAddress> untried = List.of();
  private final List<Attempt> attempts = new ArrayList<>(1);
  private IOException lastFailure;
  private boolean done;

  TcpDial(EventLoop loop, String what, int port, Dialer.Callback callback) {
    this.loop = loop;
    this.what = what;
    this.port = port;
    this.callback = callback;
    this.limit = new Timer(this::timedOut);
  }

  void limit(long timeoutNanos) {
    loop.schedule(limit, timeoutNanos);
  }

  void race(InetAddress only) {
    untried = new ArrayList<>(1);
    untried.add(only);
    tryNext();
  }

  @Override
  public void resolved(InetAddress[] addresses) {
    if (!done) {
      untried = alternate(addresses);
      tryNext();
    }
  }

  /** RFC 8305 section 4: the families take turns, in the order the resolver gave. */
  static List<InetAddress> alternate(InetAddress[] addresses) {
    List<InetAddress> first = new ArrayList<>();
    List<InetAddress> second = new ArrayList<>();
    for (InetAddress address : addresses) {
      boolean sameFamily =
          (address instanceof Inet6Address) == (addresses[0] instanceof Inet6Address);
      (sameFamily ? first : second).add(address);
    }
    List<InetAddress> merged = new ArrayList<>(addresses.length);
    for (int i = 0; i < Math.max(first.size(), second.size()); i++) {
      if (i < first.size()) {
        merged.add(first.get(i));
      }
      if (i < second.size()) {
        merged.add(second.get(i));
      }
    }
    return merged;
  }

  private void tryNext() {
    while (!done && !untried.isEmpty()) {
      InetSocketAddress address = new InetSocketAddress(untried.remove(0), port);
      if (start(address)) {
        break;
      }
    }
    if (done) {
      return;
    }
    if (!untried.isEmpty()) {
      if (next == null) {
        next = new Timer(this::tryNext);
      }
      loop.schedule(next, HEAD_START);
    } else if (attempts.isEmpty()) {
      finish();
      callback.failed(
          lastFailure != null ? lastFailure : new IOException("dial " + what + ": no address"));
    }
  }

  /** Starts one attempt; false when it failed at once. */
  private boolean start(InetSocketAddress address) {
    SocketChannel channel = null;
    try {
      channel = SocketChannel.open(Sockets.family(address));
      channel.configureBlocking(false);
      KeepAlive.times(channel);
      // A connect on this machine is done when it returns, but reports that it is under way: asking
      // at once saves a round through the selector.
      if (!channel.connect(address) && !channel.finishConnect()) {
        attempts.add(new Attempt(channel, address));
        return true;
      }
      refuseItself(channel);
    } catch (IOException | RuntimeException e) {
      if (channel != null) {
        Sockets.abort(channel);
      }
      lastFailure = failure(e);
      return false;
    }
    won(channel, address, null);
    return true;
  }

  /**
   * Where nobody listens on a port of the range that the system takes local ports from, it may take
   * the very port that is dialled, and the connection is one to itself.
   */
  private static void refuseItself(SocketChannel channel) throws IOException {
    if (channel.getLocalAddress().equals(channel.getRemoteAddress())) {
      throw new ConnectException("Connection refused");
    }
  }

  private IOException failure(Throwable e) {
    String reason = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    return new IOException("dial " + what + ": " + reason, e);
  }

  private void won(SocketChannel channel, InetSocketAddress address, SelectionKey key) {
    finish();
    if (key != null) {
      key.interestOps(0);
    }
    TcpFlow flow;
    try {
      flow = new TcpFlow(loop, channel, address);
    } catch (IOException e) {
      Sockets.abort(channel);
      callback.failed(failure(e));
      return;
    }
    callback.connected(flow);
  }

  private void timedOut() {
    finish();
    callback.failed(new IOException("dial " + what + ": timed out"));
  }

  @Override
  public void failed(IOException cause) {
    if (!done) {
      finish();
      callback.failed(cause);
    }
  }

  @Override
  public void cancel() {
    finish();
  }

  private void finish() {
    done = true;
    loop.cancel(limit);
    if (next != null) {
      loop.cancel(next);
    }
    for (Attempt attempt : attempts) {
      attempt.drop();
    }
    attempts.clear();
  }

  /** A connect under way. */
  private final class Attempt implements ReadyHandler {
    private final SocketChannel channel;
    private final InetSocketAddress address;
    private final SelectionKey key;

    Attempt(SocketChannel channel, InetSocketAddress address) throws IOException {
      this.channel = channel;
      this.address = address;
      this.key = loop.register(channel, SelectionKey.OP_CONNECT, this);
    }

    @Override
    public void ready(int ops) throws IOException {
      if (!done && channel.finishConnect()) {
        refuseItself(channel);
        attempts.remove(this);
        won(channel, address, key);
      }
    }

    @Override
    public void failed(Throwable cause) {
      attempts.remove(this);
      drop();
      if (!done) {
        lastFailure = failure(cause);
        tryNext();
      }
    }

    void drop() {
      Sockets.abort(channel);
    }
  }
}
