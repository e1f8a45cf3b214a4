package io.nodepass.tunnel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nodepass.transport.tls.PeerEndedException;
import java.io.IOException;
import java.net.ConnectException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a peer's end in TLS means for a data connection, whatever the JDK's words for it are. */
class PeersEndTest {
  private static IOException broken() {
    return new PeerEndedException(new IOException("Broken pipe"));
  }

  /** The pool's own way to hear of it. */
  private static final class Heard implements PooledConnection.Watcher {
    private final List<String> died = new ArrayList<>();

    @Override
    public void named(PooledConnection connection, long dialNanos) {
      throw new AssertionError("named");
    }

    @Override
    public void ended(PooledConnection connection) {
      throw new AssertionError("ended");
    }

    @Override
    public void died(PooledConnection connection, String reason) {
      died.add(reason);
    }
  }

  private static boolean connectedOnceFailedWith(IOException cause) throws IOException {
    Heard heard = new Heard();
    PooledConnection connection = new PooledConnection(new ScriptedFlow().loop(), 0, heard);
    connection.failed(new IOException("dial failed", cause));
    assertEquals(List.of("dial failed"), heard.died);
    return connection.wasConnected();
  }

  @Test
  void aDialThatTheServerEndsInTheHandshakeHasReachedIt() throws Exception {
    assertTrue(connectedOnceFailedWith(broken()));
    assertFalse(connectedOnceFailedWith(new ConnectException("Connection refused")));
    assertFalse(connectedOnceFailedWith(new IOException("too many TLS handshakes at once")));
  }

  private static boolean goneAfter(IOException cause) throws IOException {
    List<Boolean> gone = new ArrayList<>();
    ScriptedFlow flow = new ScriptedFlow();
    ReadyConnection connection =
        ReadyConnection.open(flow, "0123abcd", 0, (died, reason, isGone) -> gone.add(isGone));
    connection.failed(flow, cause);
    assertEquals(1, gone.size());
    return gone.get(0);
  }

  @Test
  void anAnswerThatCannotBeWrittenIsNotTakenForThePathsFailure() throws Exception {
    assertFalse(goneAfter(broken()));
    assertTrue(goneAfter(new IOException("Connection timed out")));
  }
}
