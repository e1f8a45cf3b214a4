package io.nodepass.tunnel;

import io.nodepass.reactor.EventLoop;
import io.nodepass.transport.Flow;
import io.nodepass.transport.framed.FramedConnection;
import java.io.IOException;
import java.util.concurrent.RejectedExecutionException;

/**
 * A data connection in mode 1 or 2, which carries one flow after another. A flow may take it to
 * another loop; when it is over the connection comes home, and ends if the session has ended
 * meanwhile.
 */
final class FramedLink extends Link implements FramedConnection.Owner {
  private final LinkPool pool;
  private final EventLoop home;
  private final FramedConnection connection;

  FramedLink(Flow flow, LinkPool pool) {
    this.pool = pool;
    this.home = pool.home();
    this.connection = FramedConnection.acceptor(flow, this);
  }

  @Override
  void watch() {
    connection.watch();
  }

  @Override
  public void opened(FramedConnection connection, Flow flow, String signal) {
    SessionSignal parsed;
    try {
      parsed = SessionSignal.parse(signal);
    } catch (ProtocolException e) {
      connection.abort(e);
      pool.misused(this, e.getMessage());
      return;
    }
    pool.used(this, parsed, flow);
    pool.launcher().launch(new SignalledFlow(flow, null, pool.launcher()));
  }

  /** On the loop on which the flow was. */
  @Override
  public void returned(FramedConnection connection) {
    if (connection.loop() == home) {
      pool.returned(this);
      return;
    }
    connection.leave();
    atHome(
        () -> {
          try {
            connection.join(home);
            pool.returned(this);
          } catch (IOException e) {
            connection.abort(e);
          }
        });
  }

  /** On the loop on which it was. */
  @Override
  public void died(FramedConnection connection, Throwable cause) {
    String reason = String.valueOf(cause.getMessage());
    if (home.inLoop()) {
      pool.gone(this, reason);
    } else {
      atHome(() -> pool.gone(this, reason));
    }
  }

  private void atHome(Runnable step) {
    try {
      home.execute(step);
    } catch (RejectedExecutionException e) {
      connection.abort(e); // the home loop has ended, and the pool with it
    }
  }

  @Override
  void end(IOException cause) {
    connection.close(); // not an abort: the last user's bytes may be under way
  }
}
