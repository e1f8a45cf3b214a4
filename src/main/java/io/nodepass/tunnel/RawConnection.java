package io.nodepass.tunnel;

import io.nodepass.transport.Flow;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** One of mode 0: behind the signal it is the user's, and never ready again. */
final class RawConnection extends SessionConnection {
  private final Flow flow;
  private final Owner owner;
  private ReadyConnection watched;

  RawConnection(Flow flow, Owner owner) {
    this.flow = flow;
    this.owner = owner;
  }

  @Override
  void begin() {
    watched =
        ReadyConnection.watch(flow, "", 0, (connection, reason, gone) -> owner.died(this, reason));
    owner.ready(this);
  }

  @Override
  Flow use(SessionLine signal) {
    Flow taken = watched.take();
    if (taken == null) {
      return null;
    }
    try {
      ByteBuffer bytes = ByteBuffer.wrap(signal.raw().getBytes(StandardCharsets.US_ASCII));
      taken.write(bytes);
      if (bytes.hasRemaining()) {
        throw new IOException("did not take its signal");
      }
      return taken;
    } catch (IOException e) {
      taken.abort(e);
      owner.died(this, e.getMessage());
      return null;
    }
  }

  @Override
  void discard() {
    watched.discard();
  }
}
