package io.nodepass.transport.tcp;

import io.nodepass.reactor.EventLoop;
import io.nodepass.transport.Addresses;
import io.nodepass.transport.Dialer;
import io.nodepass.transport.Resolver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;

/** Dials TCP. Addresses are used as they are; names go through the {@link Resolver} each time. */
public final class TcpDialer implements Dialer {
  private final Resolver resolver;

  public TcpDialer(Resolver resolver) {
    this.resolver = resolver;
  }

  @Override
  public Dial dial(
      EventLoop loop, InetSocketAddress address, long timeoutNanos, Callback callback) {
    TcpDial dial = new TcpDial(loop, Addresses.text(address), address.getPort(), callback);
    dial.limit(timeoutNanos);
    if (!address.isUnresolved()) {
      dial.race(address.getAddress());
      return dial;
    }
    String host = address.getHostString();
    if (Resolver.isLiteral(host)) {
      try {
        dial.race(host.isEmpty() ? InetAddress.getLoopbackAddress() : InetAddress.getByName(host));
      } catch (UnknownHostException e) {
        dial.failed(new IOException("dial " + Addresses.text(address) + ": not an address"));
      }
    } else {
      resolver.resolve(host, loop, dial);
    }
    return dial;
  }
}
