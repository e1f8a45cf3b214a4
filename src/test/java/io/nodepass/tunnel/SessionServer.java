package io.nodepass.tunnel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nodepass.transport.tls.Fingerprint;
import io.nodepass.transport.tls.KeyStretching;
import io.nodepass.transport.tls.ServerCertificates;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/**
 * A server of the session dialect played by hand, and the target beside its client. What it says
 * can be changed before it is said.
 */
final class SessionServer implements AutoCloseable {
  final ServerSocket tunnel = listen();
  final ServerSocket target = listen();
  private final int mode;
  private final SSLContext tls;
  private byte[] bind = SessionKeys.noCertificate();
  private byte[] key;
  private int sessions;

  /** Without a key; in mode 1 with a certificate of its own. */
  SessionServer(int mode) throws Exception {
    this.mode = mode;
    this.tls =
        mode == 0
            ? null
            : ServerCertificates.selfSigned(InstantSource.system(), new KeptLog())
                .current()
                .context();
  }

  SessionServer withKey(String text) {
    key = KeyStretching.stretch(text);
    return this;
  }

  private static ServerSocket listen() throws IOException {
    return new ServerSocket(0, 100, InetAddress.getLoopbackAddress());
  }

  /** The URL of a client of this server, with a short cooldown. */
  String url(String parameters) {
    return url("", parameters);
  }

  String url(String keyBeforeAt, String parameters) {
    return "client://"
        + keyBeforeAt
        + "127.0.0.1:"
        + tunnel.getLocalPort()
        + "/127.0.0.1:"
        + target.getLocalPort()
        + "?loops=2&report_interval=0&service_cooldown=100ms"
        + parameters;
  }

  /** The client's next control connection, with its hello read. */
  Opening hello() throws IOException {
    Socket socket = next();
    Peer peer = new Peer(socket);
    assertEquals("//hello?v=2\n", peer.readLine());
    return new Opening(socket, peer);
  }

  /** The client's next connection, of which nothing has been read. */
  Socket next() throws IOException {
    tunnel.setSoTimeout(10_000);
    return tunnel.accept();
  }

  /** A whole opening. */
  Session open() throws IOException {
    return open(0);
  }

  /** A whole opening, with signs of life at that interval. */
  Session open(int beatMillis) throws IOException {
    Opening opening = hello();
    opening.answer();
    opening.readOpen();
    opening.challenge(key == null ? "none" : "key");
    opening.readProof();
    opening.session(beatMillis);
    return opening.prove();
  }

  /** The next connection at the target. */
  Peer target() throws IOException {
    return Peer.accept(target);
  }

  private Peer secure(Socket socket) throws IOException {
    if (tls == null) {
      return new Peer(socket);
    }
    SSLSocket secured =
        (SSLSocket) tls.getSocketFactory().createSocket(socket, null, /* autoClose= */ true);
    secured.setUseClientMode(false);
    secured.setEnabledProtocols(new String[] {"TLSv1.3"});
    secured.setSoTimeout(10_000);
    secured.startHandshake();
    if (secured.getSession().getLocalCertificates() != null) {
      X509Certificate shown = (X509Certificate) secured.getSession().getLocalCertificates()[0];
      bind = Fingerprint.of(shown).bytes();
    }
    return new Peer(secured);
  }

  private static SessionLine parse(String line) throws ProtocolException {
    assertTrue(line.endsWith("\n"), line);
    return SessionLine.parse(line.substring(0, line.length() - 1));
  }

  /** A control connection until there is a session. */
  final class Opening implements AutoCloseable {
    private final Socket socket;
    private Peer peer;
    private SessionKeys keys;
    private SessionLine session;
    private SessionLine open;

    private Opening(Socket socket, Peer peer) {
      this.socket = socket;
      this.peer = peer;
    }

    Peer peer() {
      return peer;
    }

    /** Answers the hello, and does the handshake. */
    void answer() throws IOException {
      SessionLine answer =
          SessionLine.of(String.valueOf(tunnel.getLocalPort()))
              .with("v", 2)
              .build(String.valueOf(mode));
      peer.send(answer.raw());
      peer = secure(socket);
      keys = new SessionKeys(key, bind);
      keys.add(SessionLine.of("hello").with("v", 2).build());
      keys.add(answer);
    }

    SessionLine readOpen() throws IOException {
      open = parse(peer.readLine());
      assertTrue(open.is("open"), open.raw());
      keys.add(open);
      return open;
    }

    void challenge(String auth) throws IOException {
      byte[] nonce = ClientIdentity.random(SessionKeys.SIZE);
      say(SessionLine.of("challenge").with("nonce", Hex.of(nonce)).with("auth", auth).build());
    }

    private void say(SessionLine line) throws IOException {
      keys.add(line);
      peer.send(line.raw());
    }

    SessionLine readProof() throws IOException {
      byte[] expected = keys.clientProof();
      SessionLine proof = parse(peer.readLine());
      assertTrue(proof.is("proof"), proof.raw());
      if (key == null) {
        assertTrue(proof.fields().isEmpty(), proof.raw());
      } else {
        assertEquals(Hex.of(expected), proof.get("mac"));
      }
      keys.add(proof);
      return proof;
    }

    void session(int beatMillis) throws IOException {
      session =
          SessionLine.of("session")
              .with("id", Hex.of(ClientIdentity.random(16)))
              .with("secret", Hex.of(ClientIdentity.random(SessionKeys.SIZE)))
              .with("beat", beatMillis)
              .build();
      say(session);
    }

    Session prove() throws IOException {
      return prove(keys.serverProof());
    }

    Session prove(byte[] mac) throws IOException {
      SessionLine.Draft proof = SessionLine.of("proof");
      if (key != null) {
        proof.with("mac", Hex.of(mac));
      }
      peer.send(proof.build().raw());
      sessions++;
      return new Session(peer, open, session.get("id"), keys.secret());
    }

    @Override
    public void close() throws IOException {
      peer.close();
    }
  }

  /** A session that is open. */
  final class Session implements AutoCloseable {
    private final Peer control;
    private final SessionLine open;
    private final String id;
    private final byte[] secret;

    private Session(Peer control, SessionLine open, String id, byte[] secret) {
      this.control = control;
      this.open = open;
      this.id = id;
      this.secret = secret;
    }

    Peer control() {
      return control;
    }

    /** The line that it was opened by. */
    SessionLine opened() {
      return open;
    }

    /** What the next opening of the same client has to name this session by. */
    String resumption(SessionLine next) throws ProtocolException {
      byte[] mac =
          SessionKeys.resumption(
              secret, next.hex("nonce", SessionKeys.SIZE), open.hex("client", 16));
      return id + "." + Hex.of(mac);
    }

    /** The client's next data connection, with its first line read and found right. */
    Data data() throws IOException {
      return data(next());
    }

    /** As above, on a connection that was accepted before. */
    Data data(Socket socket) throws IOException {
      Peer peer = secure(socket);
      SessionLine line = parse(peer.readLine());
      assertTrue(line.is("data"), line.raw());
      assertEquals(id, line.get("session"));
      long number = line.number("n", 1, 1L << 62);
      assertEquals(Hex.of(SessionKeys.token(secret, bind, number)), line.get("mac"));
      return new Data(peer, number, Hex.of(SessionKeys.answer(secret, bind, number)));
    }

    /** The client's next data connection, taken. */
    Data ready() throws IOException {
      Data data = data();
      data.take();
      return data;
    }

    @Override
    public void close() throws IOException {
      control.close();
    }
  }

  /**
   * A data connection.
   *
   * @param answer what takes it
   */
  record Data(Peer peer, long number, String answer) implements AutoCloseable {
    void take() throws IOException {
      peer.send("//ready?mac=" + answer + "\n");
    }

    @Override
    public void close() throws IOException {
      peer.close();
    }
  }

  /** How many there have been. */
  int sessions() {
    return sessions;
  }

  @Override
  public void close() throws IOException {
    tunnel.close();
    target.close();
  }
}
