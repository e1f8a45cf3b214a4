package io.nodepass.jmh;

import io.nodepass.buffer.BufferPool;
import io.nodepass.reactor.Clock;
import io.nodepass.reactor.EventLoop;
import io.nodepass.telemetry.Level;
import io.nodepass.telemetry.Log;
import io.nodepass.transport.Arrival;
import io.nodepass.transport.Flow;
import io.nodepass.transport.tcp.TcpListener;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** What benchmarks are set up with. Any thread. */
public final class Stage {
  /** A log that is off. */
  public static final Log SILENCE =
      new Log() {
        @Override
        public boolean on(Level level) {
          return false;
        }

        @Override
        public void write(Level level, String message) {}
      };

  private Stage() {}

  /** A loop of the product with buffers as a process has; the caller starts it, or does not. */
  public static EventLoop loop() throws IOException {
    return loop(BufferPool.sized(64L << 20, 1));
  }

  /** As above, with these buffers. */
  public static EventLoop loop(BufferPool buffers) throws IOException {
    return new EventLoop("jmh-loop", Clock.SYSTEM, buffers, SILENCE);
  }

  /** A flow of the product on a started loop, and the plain socket at its other end. */
  public record Connection(Flow flow, SocketChannel peer) implements AutoCloseable {
    @Override
    public void close() throws IOException {
      peer.close();
    }
  }

  /** Connects over the loopback interface; the socket is in blocking mode. */
  public static Connection connect(EventLoop loop)
      throws IOException, ExecutionException, InterruptedException {
    CompletableFuture<Arrival> arrival = new CompletableFuture<>();
    TcpListener listener = TcpListener.open(loop, anyPort(), arrival::complete, SILENCE);
    SocketChannel peer = SocketChannel.open(listener.address());
    peer.setOption(StandardSocketOptions.TCP_NODELAY, true);
    Arrival arrived = arrival.get();
    CompletableFuture<Flow> bound = new CompletableFuture<>();
    loop.execute(
        () -> {
          listener.close();
          try {
            bound.complete(arrived.bind(loop));
          } catch (IOException e) {
            bound.completeExceptionally(e);
          }
        });
    return new Connection(bound.get(), peer);
  }

  /** Two plain sockets in blocking mode, connected over the loopback interface. */
  public static SocketChannel[] sockets() throws IOException {
    try (ServerSocketChannel server = ServerSocketChannel.open().bind(anyPort())) {
      SocketChannel dialled = SocketChannel.open(server.getLocalAddress());
      SocketChannel accepted = server.accept();
      dialled.setOption(StandardSocketOptions.TCP_NODELAY, true);
      accepted.setOption(StandardSocketOptions.TCP_NODELAY, true);
      return new SocketChannel[] {dialled, accepted};
    }
  }

  /** A direct buffer with every byte value in it, ready to be read from. */
  public static ByteBuffer pattern(int size) {
    ByteBuffer buffer = ByteBuffer.allocateDirect(size);
    while (buffer.hasRemaining()) {
      buffer.put((byte) buffer.position());
    }
    return buffer.flip();
  }

  private static InetSocketAddress anyPort() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }
}
