package io.nodepass.tunnel;

import io.nodepass.reactor.EventLoop;
import io.nodepass.transport.Flow;
import io.nodepass.transport.framed.FramedConnection;
import java.io.IOException;
import java.util.concurrent.RejectedExecutionException;

/**
 * One of modes 1 and 2: it carries one user after another, in frames, and comes home after each.
 */
final class ReusedConnection extends SessionConnection implements FramedConnection.Owner {
  private final EventLoop home;
  private final FramedConnection framed;
  private final Owner owner;

  ReusedConnection(Flow flow, Owner owner) {
    this.home = flow.loop();
    this.framed = FramedConnection.opener(flow, this);
    this.owner = owner;
  }

  @Override
  void begin() {
    framed.watch();
    owner.ready(this);
  }

  @Override
  Flow use(SessionLine signal) {
    String line = signal.raw();
    try {
      return framed.open(line.substring(0, line.length() - 1));
    } catch (IOException e) {
      owner.died(this, String.valueOf(e.getMessage()));
      return null;
    }
  }

  @Override
  void discard() {
    framed.close();
  }

  @Override
  public void opened(FramedConnection connection, Flow flow, String signal) {
    throw new IllegalStateException("the server's end takes no flows");
  }

  /** On the loop where the user was. */
  @Override
  public void returned(FramedConnection connection) {
    if (framed.loop() == home) {
      begin();
      return;
    }
    framed.leave();
    try {
      home.execute(this::comeHome);
    } catch (RejectedExecutionException e) {
      framed.abort(e); // the home loop has ended
    }
  }

  private void comeHome() {
    try {
      framed.join(home);
    } catch (IOException e) {
      framed.abort(e);
      return;
    }
    begin();
  }

  /** On the loop where it was last. */
  @Override
  public void died(FramedConnection connection, Throwable cause) {
    try {
      home.runOrExecute(() -> owner.died(this, String.valueOf(cause.getMessage())));
    } catch (RejectedExecutionException e) {
      // The home loop has ended, and nobody counts it any more.
    }
  }
}
