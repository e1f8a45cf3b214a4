package io.nodepass.transport.tcp;

import io.nodepass.reactor.EventLoop;
import io.nodepass.reactor.ReadyHandler;
import io.nodepass.reactor.Timer;
import io.nodepass.telemetry.Log;
import io.nodepass.transport.Addresses;
import io.nodepass.transport.Arrival;
import io.nodepass.transport.Flow;
import io.nodepass.transport.Listener;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.SelectionKey;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;

/**
 * Accepts TCP connections on one loop. When accepting fails, as it does when the descriptor limit
 * is reached, it rests for a moment instead of spinning; what waits in the accept queue is served
 * once there is room again.
 */
public final class TcpListener implements Listener, ReadyHandler {
  private static final int BACKLOG = 4096;
  private static final int ACCEPTS_PER_TURN = 64;
  private static final long REST_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
  private static final long COMPLAIN_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final EventLoop loop;
  private final ServerSocketChannel channel;
  private final InetSocketAddress address;
  private final Acceptor acceptor;
  private final Log log;
  private final Timer rest;
  private SelectionKey key;
  private boolean paused;
  private boolean resting;
  private long lastComplaint;
  private boolean complained;

  private TcpListener(EventLoop loop, ServerSocketChannel channel, Acceptor acceptor, Log log)
      throws IOException {
    this.loop = loop;
    this.channel = channel;
    this.address = (InetSocketAddress) channel.getLocalAddress();
    this.acceptor = acceptor;
    this.log = log;
    this.rest = new Timer(this::rested);
  }

  /** Every interface, IPv6 and IPv4 where the system has both. */
  public static InetSocketAddress everyInterface(int port) {
    return new InetSocketAddress(Sockets.everyInterface(), port);
  }

  /**
   * Binds and listens at once, on the calling thread; connections are accepted from the loop's next
   * turn on. Any thread.
   *
   * @throws IOException when the address is in use or not ours
   */
  public static TcpListener open(
      EventLoop loop, InetSocketAddress address, Acceptor acceptor, Log log) throws IOException {
    ServerSocketChannel channel = ServerSocketChannel.open(Sockets.family(address));
    try {
      KeepAlive.times(channel);
      channel.configureBlocking(false);
      channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      channel.bind(address, BACKLOG);
      TcpListener listener = new TcpListener(loop, channel, acceptor, log);
      loop.runOrExecute(listener::register);
      return listener;
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  private void register() {
    try {
      key = loop.register(channel, 0, this);
      updateInterest();
    } catch (IOException e) {
      log.debug("listener " + address + " was closed before it accepted: " + e.getMessage());
    }
  }

  @Override
  public InetSocketAddress address() {
    return address;
  }

  @Override
  public void pause(boolean paused) {
    this.paused = paused;
    updateInterest();
  }

  private void updateInterest() {
    if (key != null && key.isValid()) {
      key.interestOps(paused || resting ? 0 : SelectionKey.OP_ACCEPT);
    }
  }

  @Override
  public void ready(int ops) throws IOException {
    for (int i = 0; i < ACCEPTS_PER_TURN && !paused && channel.isOpen(); i++) {
      SocketChannel accepted = channel.accept();
      if (accepted == null) {
        return;
      }
      hand(accepted);
    }
  }

  private void hand(SocketChannel accepted) throws IOException {
    InetSocketAddress remote;
    try {
      accepted.configureBlocking(false);
      remote = (InetSocketAddress) accepted.getRemoteAddress();
    } catch (IOException e) {
      Sockets.abort(accepted); // it ended between the accept and now
      return;
    }
    try {
      acceptor.accepted(new Accepted(accepted, remote));
    } catch (RuntimeException e) {
      Sockets.abort(accepted);
      throw e;
    }
  }

  @Override
  public void failed(Throwable cause) {
    if (!channel.isOpen()) {
      return;
    }
    if (!complained || loop.now() - lastComplaint > COMPLAIN_NANOS) {
      complained = true;
      lastComplaint = loop.now();
      log.error(
          "accepting on " + Addresses.text(address) + " failed, resting: " + cause.getMessage());
    }
    resting = true;
    updateInterest();
    loop.schedule(rest, REST_NANOS);
    acceptor.failed();
  }

  private void rested() {
    resting = false;
    updateInterest();
  }

  @Override
  public void close() {
    loop.cancel(rest);
    try {
      channel.close();
    } catch (IOException e) {
      log.debug("closing listener " + address + ": " + e.getMessage());
    }
  }

  /** A socket out of the accept queue. */
  private record Accepted(SocketChannel channel, InetSocketAddress remote) implements Arrival {
    @Override
    public Flow bind(EventLoop loop) throws IOException {
      try {
        return new TcpFlow(loop, channel, remote);
      } catch (IOException e) {
        abort();
        throw e;
      }
    }

    @Override
    public void abort() {
      Sockets.abort(channel);
    }
  }
}
