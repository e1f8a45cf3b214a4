package io.nodepass.transport.tls;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;

/** Two engines that talk to each other in memory, on one thread. */
final class MemoryTls {
  private static final int ROOM = 1 << 17;
  private static final int MOST_STEPS = 1000;

  private final Side client;
  private final Side server;

  MemoryTls(SSLEngine client, SSLEngine server) {
    this.client = new Side(client);
    this.server = new Side(server);
  }

  /** An engine and what has arrived for it. */
  private static final class Side {
    final SSLEngine engine;
    final ByteBuffer arrived = ByteBuffer.allocate(ROOM);
    final ByteBuffer plain = ByteBuffer.allocate(ROOM);

    Side(SSLEngine engine) {
      this.engine = engine;
    }

    /** Does what is to be done next; false when there is nothing. */
    boolean step(Side peer) throws SSLException {
      HandshakeStatus status = engine.getHandshakeStatus();
      if (status == HandshakeStatus.NEED_TASK) {
        engine.getDelegatedTask().run();
        return true;
      }
      if (status == HandshakeStatus.NEED_WRAP) {
        engine.wrap(ByteBuffer.allocate(0), peer.arrived);
        return true;
      }
      arrived.flip();
      SSLEngineResult result = engine.unwrap(arrived, plain);
      arrived.compact();
      return result.bytesConsumed() > 0;
    }
  }

  /** Shakes hands; throws what either side throws. */
  MemoryTls handshake() throws SSLException {
    client.engine.beginHandshake();
    server.engine.beginHandshake();
    settle();
    if (client.engine.getHandshakeStatus() != HandshakeStatus.NOT_HANDSHAKING) {
      throw new AssertionError("the handshake did not end");
    }
    return this;
  }

  private void settle() throws SSLException {
    for (int i = 0; i < MOST_STEPS; i++) {
      boolean moved = client.step(server);
      moved |= server.step(client);
      if (!moved) {
        return;
      }
    }
    throw new AssertionError("the two never come to rest");
  }

  /** Sends a text from the client and returns what the server has got. */
  String said(String text) throws SSLException {
    client.engine.wrap(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), server.arrived);
    settle();
    server.plain.flip();
    String got = StandardCharsets.UTF_8.decode(server.plain).toString();
    server.plain.clear();
    return got;
  }

  SSLEngine client() {
    return client.engine;
  }
}
