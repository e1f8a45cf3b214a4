package io.nodepass.bench.target;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.atomic.AtomicLong;

/**
 * {@code TamperMain <port> <target port> <every>}: a blocking relay that inverts the last byte of a
 * buffer after every {@code every} bytes it carried, all connections together.
 */
public final class TamperMain {
  private final long every;
  private final AtomicLong carried = new AtomicLong();

  private TamperMain(long every) {
    this.every = every;
  }

  public static void main(String[] args) throws IOException {
    TamperMain relay = new TamperMain(Long.parseLong(args[2]));
    InetAddress loopback = InetAddress.getByName("127.0.0.1");
    try (ServerSocketChannel listener = ServerSocketChannel.open()) {
      listener.bind(new InetSocketAddress(loopback, Integer.parseInt(args[0])), 1024);
      while (true) {
        SocketChannel user = listener.accept();
        SocketChannel target =
            SocketChannel.open(new InetSocketAddress(loopback, Integer.parseInt(args[1])));
        relay.start(user, target);
        relay.start(target, user);
      }
    }
  }

  private void start(SocketChannel from, SocketChannel to) {
    Thread thread = new Thread(() -> copy(from, to));
    thread.setDaemon(true);
    thread.start();
  }

  private void copy(SocketChannel from, SocketChannel to) {
    ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 16);
    try (from;
        to) {
      while (from.read(buffer.clear()) >= 0) {
        buffer.flip();
        long before = carried.getAndAdd(buffer.remaining());
        int last = buffer.limit() - 1;
        if (before / every != (before + buffer.remaining()) / every) {
          buffer.put(last, (byte) ~buffer.get(last));
        }
        while (buffer.hasRemaining()) {
          to.write(buffer);
        }
      }
    } catch (IOException e) {
      // One side went away; closing both tells the other.
    }
  }
}
