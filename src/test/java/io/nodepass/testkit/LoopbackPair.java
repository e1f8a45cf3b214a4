package io.nodepass.testkit;

import io.nodepass.transport.Arrival;
import io.nodepass.transport.Dialer;
import io.nodepass.transport.Flow;
import io.nodepass.transport.Resolver;
import io.nodepass.transport.tcp.TcpDialer;
import io.nodepass.transport.tcp.TcpListener;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Connected TCP flows on real sockets of the loopback interface; the port is the system's pick. */
public final class LoopbackPair {
  private LoopbackPair() {}

  /** A flow and the plain blocking socket at its other end, which reads with a deadline. */
  public record WithSocket(TestLoop loop, Flow flow, Socket socket) implements AutoCloseable {
    @Override
    public void close() throws IOException {
      loop.loop().execute(() -> flow.abort(null));
      socket.close();
    }
  }

  /** Two flows of the same loop. */
  public record OfFlows(TestLoop loop, Flow dialled, Flow accepted) implements AutoCloseable {
    @Override
    public void close() {
      loop.loop().execute(() -> dialled.abort(null));
      loop.loop().execute(() -> accepted.abort(null));
    }
  }

  public static WithSocket withSocket(TestLoop loop) throws Exception {
    CompletableFuture<Arrival> arrival = new CompletableFuture<>();
    TcpListener listener = TcpListener.open(loop.loop(), anyPort(), arrival::complete, loop.log());
    InetSocketAddress address = listener.address();
    Socket socket = new Socket(address.getAddress(), address.getPort());
    socket.setSoTimeout((int) TestLoop.DEADLINE.toMillis());
    Flow flow = bind(loop, arrival);
    loop.run(listener::close);
    return new WithSocket(loop, flow, socket);
  }

  public static OfFlows flows(TestLoop loop) throws Exception {
    CompletableFuture<Arrival> arrival = new CompletableFuture<>();
    CompletableFuture<Flow> dialled = new CompletableFuture<>();
    TcpListener listener = TcpListener.open(loop.loop(), anyPort(), arrival::complete, loop.log());
    try (Resolver resolver = new Resolver()) {
      loop.run(
          () ->
              new TcpDialer(resolver)
                  .dial(
                      loop.loop(),
                      listener.address(),
                      TestLoop.DEADLINE.toNanos(),
                      completing(dialled)));
      Flow one = dialled.get(TestLoop.DEADLINE.toSeconds(), TimeUnit.SECONDS);
      Flow other = bind(loop, arrival);
      loop.run(listener::close);
      return new OfFlows(loop, one, other);
    }
  }

  /** Port 0 of the loopback interface. */
  public static InetSocketAddress anyPort() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  /** A callback that passes the outcome on. */
  public static Dialer.Callback completing(CompletableFuture<Flow> future) {
    return new Dialer.Callback() {
      @Override
      public void connected(Flow flow) {
        if (!future.complete(flow)) {
          throw new AssertionError("called twice");
        }
      }

      @Override
      public void failed(IOException cause) {
        if (!future.completeExceptionally(cause)) {
          throw new AssertionError("called twice", cause);
        }
      }
    };
  }

  private static Flow bind(TestLoop loop, CompletableFuture<Arrival> arrival) throws Exception {
    Arrival arrived = arrival.get(TestLoop.DEADLINE.toSeconds(), TimeUnit.SECONDS);
    return loop.call(() -> arrived.bind(loop.loop()));
  }
}
