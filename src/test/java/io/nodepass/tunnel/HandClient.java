package io.nodepass.tunnel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Random;

/** The client's end of a session, played by hand step by step. */
final class HandClient implements AutoCloseable {
  static final String HELLO = "//hello?v=2\n";

  final InetSocketAddress server;
  private final byte[] key;
  private final byte[] nonce = new byte[SessionKeys.SIZE];
  private byte[] client = new byte[16];
  private String resume;
  private Peer control;
  private boolean tls;
  private SessionKeys keys;
  private SessionLine session;
  private byte[] secret;
  private long numbers;

  /** Connects without a word. */
  HandClient(InetSocketAddress server, byte[] key) throws Exception {
    this(server, key, "127.0.0.1");
  }

  /** Connects from that address of this machine. */
  HandClient(InetSocketAddress server, byte[] key, String from) throws Exception {
    this.server = server;
    this.key = key;
    new Random(2).nextBytes(client);
    new Random(System.nanoTime()).nextBytes(nonce);
    this.control = Peer.connect(from, server);
  }

  /** One that has a session, without a key. */
  static HandClient open(RunningTunnel running) throws Exception {
    return new HandClient(running.control(), null).hello().open();
  }

  Peer control() {
    return control;
  }

  String id() throws ProtocolException {
    return session.get("id");
  }

  long beat() throws ProtocolException {
    return session.number("beat", 0, Long.MAX_VALUE);
  }

  HandClient resuming(HandClient before) throws Exception {
    client = before.client;
    resume =
        before.id() + "." + Hex.of(SessionKeys.resumption(before.secret, nonce, before.client));
    return this;
  }

  HandClient hello() throws Exception {
    control.send(HELLO);
    return answered();
  }

  /** The hello has been sent. */
  HandClient answered() throws Exception {
    String answer = control.readLine();
    SessionLine line = SessionLine.parse(answer.substring(0, answer.length() - 1));
    assertEquals(Integer.toString(server.getPort()), line.what());
    assertEquals("2", line.get("v"));
    tls = !line.kind().equals("0");
    if (tls) {
      control = control.secured();
    }
    keys = new SessionKeys(key, control.bind());
    keys.add(SessionLine.parse(HELLO.strip()));
    keys.add(line);
    return this;
  }

  /** A correct {@code //open} line, to be changed by a test. */
  SessionLine.Draft draft() {
    SessionLine.Draft draft =
        SessionLine.of("open")
            .with("client", Hex.of(client))
            .with("nonce", Hex.of(nonce))
            .with("auth", key == null ? "none" : "key")
            .with("min", 2)
            .with("max", 8)
            .with("flow", "reverse")
            .with("carry", "tcp");
    return resume == null ? draft : draft.with("resume", resume);
  }

  void send(SessionLine line) throws Exception {
    keys.add(line);
    control.send(line.raw());
  }

  SessionLine read() throws Exception {
    String line = control.readLine();
    return SessionLine.parse(line.substring(0, line.length() - 1));
  }

  /** The code with which the session is refused, and the connection ended. */
  String refusal() throws Exception {
    SessionLine line = read();
    assertEquals("refused", line.what(), line::raw);
    control.expectEnd();
    return line.get("code");
  }

  HandClient open() throws Exception {
    send(draft().build());
    SessionLine challenge = read();
    assertEquals("challenge", challenge.what(), challenge::raw);
    assertEquals(SessionKeys.SIZE, challenge.hex("nonce", SessionKeys.SIZE).length);
    keys.add(challenge);
    SessionLine.Draft proof = SessionLine.of("proof");
    if (key != null) {
      proof.with("mac", Hex.of(keys.clientProof()));
    }
    send(proof.build());
    session = read();
    assertEquals("session", session.what(), session::raw);
    keys.add(session);
    secret = keys.secret();
    SessionLine answer = read();
    assertEquals("proof", answer.what(), answer::raw);
    if (key != null) {
      assertArrayEquals(keys.serverProof(), answer.hex("mac", SessionKeys.SIZE));
    }
    return this;
  }

  /** Connects, in TLS if the session is. */
  Peer connect() throws Exception {
    Peer peer = Peer.connect(server);
    return tls ? peer.secured() : peer;
  }

  String dataLine(Peer peer, long number) throws Exception {
    byte[] token = SessionKeys.token(secret, peer.bind(), number);
    return "//data?session=" + id() + "&n=" + number + "&mac=" + Hex.of(token) + "\n";
  }

  /** A data connection that is ready. */
  Peer data() throws Exception {
    return data(++numbers);
  }

  Peer data(long number) throws Exception {
    Peer peer = connect();
    peer.send(dataLine(peer, number));
    String ready = peer.readLine();
    byte[] answer = SessionKeys.answer(secret, peer.bind(), number);
    assertEquals("//ready?mac=" + Hex.of(answer) + "\n", ready);
    return peer;
  }

  /** The code with which a data connection with this first line is refused. */
  String refusedData(String line) throws Exception {
    try (Peer peer = connect()) {
      peer.send(line);
      return refused(peer);
    }
  }

  static String refused(Peer peer) throws Exception {
    String line = peer.readLine();
    assertTrue(line.startsWith("//refused?"), line);
    peer.expectEnd();
    SessionLine refusal = SessionLine.parse(line.substring(0, line.length() - 1));
    assertTrue(!refusal.get("text").isEmpty(), line);
    return refusal.get("code");
  }

  @Override
  public void close() throws IOException {
    control.close();
  }
}
