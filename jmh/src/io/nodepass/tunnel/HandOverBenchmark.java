package io.nodepass.tunnel;

import io.nodepass.jmh.PlainLoop;
import io.nodepass.jmh.Signal;
import io.nodepass.jmh.Stage;
import io.nodepass.reactor.EventLoop;
import io.nodepass.transport.Flow;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.concurrent.ExecutionException;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * A pooled TCP flow moves from its home loop to another one and back: against a plain socket that
 * does so between two of the plainest loops.
 */
public class HandOverBenchmark {
  /** Two loops of the product. */
  @State(Scope.Thread)
  public static class Ours {
    final Signal done = new Signal();
    EventLoop home;
    EventLoop other;
    Stage.Connection connection;
    Flow flow;

    @Setup
    public void open() throws IOException, ExecutionException, InterruptedException {
      home = Stage.loop().start();
      other = Stage.loop().start();
      connection = Stage.connect(home);
      flow = connection.flow();
    }

    @TearDown
    public void close() throws IOException {
      home.close();
      other.close();
      connection.close();
    }

    final Runnable go = this::go;
    final Runnable arrive = this::arrive;
    final Runnable comeBack = this::comeBack;

    private void go() {
      flow.leave();
      other.execute(arrive);
    }

    private void arrive() {
      join(other);
      flow.leave();
      home.execute(comeBack);
    }

    private void comeBack() {
      join(home);
      done.give();
    }

    private void join(EventLoop loop) {
      try {
        flow.join(loop);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** Two of the plainest loops. */
  @State(Scope.Thread)
  public static class Plain {
    final Signal done = new Signal();
    PlainLoop home;
    PlainLoop other;
    SocketChannel[] sockets;
    SocketChannel channel;
    SelectionKey key;

    @Setup
    public void open() throws IOException {
      home = new PlainLoop();
      other = new PlainLoop();
      home.start();
      other.start();
      sockets = Stage.sockets();
      channel = sockets[0];
      channel.configureBlocking(false);
      home.execute(comeBack);
      done.take();
    }

    @TearDown
    public void close() throws IOException, InterruptedException {
      home.end();
      other.end();
      sockets[0].close();
      sockets[1].close();
    }

    final Runnable go = this::go;
    final Runnable arrive = this::arrive;
    final Runnable comeBack = this::comeBack;

    private void go() {
      key.cancel();
      other.execute(arrive);
    }

    private void arrive() {
      join(other);
      key.cancel();
      home.execute(comeBack);
    }

    private void comeBack() {
      join(home);
      done.give();
    }

    private void join(PlainLoop loop) {
      try {
        key = loop.register(channel);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  @Benchmark
  public void ours(Ours ours) {
    ours.home.execute(ours.go);
    ours.done.take();
  }

  @Benchmark
  public void reference(Plain plain) {
    plain.home.execute(plain.go);
    plain.done.take();
  }
}
