package io.nodepass.transport.tls;

import java.nio.ByteBuffer;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Optional;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;

/**
 * Two engines that have shaken hands in memory, with the product's own settings and certificate.
 *
 * @param certificate what the server has shown
 */
record EnginePair(SSLEngine client, SSLEngine server, X509Certificate certificate) {
  /** Most plain bytes that the JDK's engine puts into one record, which is 16405 bytes then. */
  static final int FRAGMENT = 16_367;

  private static final int ROOM = 1 << 16;
  private static final int MOST_STEPS = 1000;

  static EnginePair connected() throws SSLException {
    ServerTls tls = ServerTls.of(SelfSigned.make(Instant.now()));
    SSLEngine server = Tls13.server(tls.context());
    SSLEngine client =
        Tls13.client(TrustChoice.unverified(Optional.empty()).context(), /* name= */ null, 1);
    EnginePair pair = new EnginePair(client, server, tls.certificate());
    pair.shakeHands();
    return pair;
  }

  private void shakeHands() throws SSLException {
    ByteBuffer toServer = ByteBuffer.allocate(ROOM);
    ByteBuffer toClient = ByteBuffer.allocate(ROOM);
    client.beginHandshake();
    server.beginHandshake();
    for (int i = 0; i < MOST_STEPS; i++) {
      boolean moved = step(client, toClient, toServer);
      moved |= step(server, toServer, toClient);
      if (!moved) {
        if (client.getHandshakeStatus() == HandshakeStatus.NOT_HANDSHAKING) {
          return;
        }
        break;
      }
    }
    throw new IllegalStateException("the handshake did not end");
  }

  private static boolean step(SSLEngine engine, ByteBuffer arrived, ByteBuffer sent)
      throws SSLException {
    HandshakeStatus status = engine.getHandshakeStatus();
    if (status == HandshakeStatus.NEED_TASK) {
      engine.getDelegatedTask().run();
      return true;
    }
    if (status == HandshakeStatus.NEED_WRAP) {
      engine.wrap(ByteBuffer.allocate(0), sent);
      return true;
    }
    arrived.flip();
    SSLEngineResult result = engine.unwrap(arrived, ByteBuffer.allocate(0));
    arrived.compact();
    return result.bytesConsumed() > 0;
  }
}
