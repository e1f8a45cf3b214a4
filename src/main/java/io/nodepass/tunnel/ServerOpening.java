package io.nodepass.tunnel;

import io.nodepass.config.TlsMode;
import io.nodepass.reactor.EventLoop;
import io.nodepass.reactor.Timer;
import io.nodepass.transport.Addresses;
import io.nodepass.transport.Flow;
import io.nodepass.transport.FlowOwner;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/**
 * The server's part of opening one session, from the hello to both proofs: see docs/protocol.md,
 * "Negotiation" and "Opening a session". For the home loop only.
 */
final class ServerOpening
    implements ControlChannel.Listener, ServerSecurity.Outcome, Unplaced.Guest {
  /** For everything that is said after TLS. */
  static final long LONGEST_NANOS = TimeUnit.SECONDS.toNanos(10);

  static final int VERSION = 2;

  static final int ID_BYTES = 16;

  private final SessionTerms terms;
  private final Sessions sessions;
  private final Unplaced unplaced;
  private final Notices notices;
  private final EventLoop home;
  private final Flow flow;
  private final InetSocketAddress remote;
  private final InetAddress network;
  private final Timer deadline = new Timer(this::late);
  private SessionLine hello;
  private SessionLine answer;
  private SessionLine open;
  private SessionKeys keys;
  private ControlChannel channel;
  private Refusal refusal;
  private boolean waiting;

  ServerOpening(
      SessionTerms terms,
      Sessions sessions,
      Unplaced unplaced,
      Notices notices,
      Flow flow,
      InetSocketAddress remote) {
    this.terms = terms;
    this.sessions = sessions;
    this.unplaced = unplaced;
    this.notices = notices;
    this.home = terms.context().home();
    this.flow = flow;
    this.remote = remote;
    this.network = Addresses.network(remote.getAddress());
  }

  /** Answers the hello, and goes on from there. */
  void begin(String line) {
    try {
      hello = SessionLine.parse(line);
      if (!hello.is("hello")) {
        throw new ProtocolException("a //hello line was expected");
      }
      if (hello.number("v", 0, Integer.MAX_VALUE) < VERSION) {
        throw new Refusal(
            Refusal.Code.VERSION, "this server speaks version 2 of the session dialect");
      }
    } catch (ProtocolException e) {
      refuseUnopened(asRefusal(e));
      return;
    }
    answer =
        SessionLine.of(Integer.toString(terms.port()))
            .with("v", VERSION)
            .build(Integer.toString(terms.mode().code()));
    if (terms.mode() == TlsMode.NONE) {
      talk(flow, SessionKeys.noCertificate());
      channel.send(answer.raw());
      return;
    }
    try {
      ByteBuffer bytes = ByteBuffer.wrap(answer.raw().getBytes(StandardCharsets.US_ASCII));
      flow.write(bytes);
      if (bytes.hasRemaining()) {
        throw new IOException("did not take the answer to its hello");
      }
    } catch (IOException e) {
      flow.abort(e);
      ended(Addresses.text(remote) + ": " + e.getMessage());
      return;
    }
    waiting = true;
    unplaced.enter(this);
    home.schedule(deadline, LONGEST_NANOS);
    flow.attach(new BeforeTls());
    flow.interest(Flow.READ);
  }

  /** Waits for the first word of TLS, for which nothing is prepared before it comes. */
  private final class BeforeTls implements FlowOwner {
    @Override
    public void ready(Flow flow, int ops) throws IOException {
      if (!waiting) {
        return;
      }
      ByteBuffer first = read();
      if (first.hasRemaining()) {
        finish();
        flow.interest(0);
        terms
            .security()
            .secure(flow, remote.getAddress(), first, /* greeted= */ true, ServerOpening.this);
      }
    }

    private ByteBuffer read() throws IOException {
      ByteBuffer buffer = home.buffers().acquireSmall();
      try {
        if (flow.read(buffer) < 0) {
          throw new EOFException("closed by the peer after its hello");
        }
        return ByteBuffer.allocate(buffer.position()).put(buffer.flip()).flip();
      } finally {
        home.buffers().release(buffer);
      }
    }

    @Override
    public void failed(Flow flow, Throwable cause) {
      flow.abort(cause);
      if (waiting) {
        finish();
        ended(Addresses.text(remote) + ": " + cause.getMessage());
      }
    }
  }

  @Override
  public void secured(Flow secured, byte[] bind) {
    talk(secured, bind);
  }

  @Override
  public void refused(String reason) {
    notices.refused("session not opened: " + reason);
  }

  @Override
  public void ended(String reason) {
    notices.refused("session not opened: " + reason);
  }

  private void talk(Flow over, byte[] bind) {
    keys = new SessionKeys(terms.key(), bind);
    keys.add(hello);
    keys.add(answer);
    unplaced.enter(this);
    home.schedule(deadline, LONGEST_NANOS);
    channel = new ControlChannel(over, this);
    channel.open();
  }

  @Override
  public void line(String text) throws ProtocolException {
    SessionLine line = SessionLine.parse(text);
    String expected = open == null ? "open" : "proof";
    if (!line.is(expected)) {
      throw new ProtocolException("a //" + expected + " line was expected");
    }
    if (open == null) {
      challenge(line);
    } else {
      prove(line);
    }
  }

  private void challenge(SessionLine line) throws ProtocolException {
    line.hex("client", ID_BYTES);
    line.hex("nonce", SessionKeys.SIZE);
    long least = line.number("min", 0, Integer.MAX_VALUE);
    line.number("max", least, Integer.MAX_VALUE);
    requireKey(line.get("auth"));
    if (!line.get("flow").equals("reverse") || !line.get("carry").equals("tcp")) {
      throw new Refusal(
          Refusal.Code.FLOW, "this server takes users itself, and carries TCP (flow=reverse)");
    }
    if (!line.fields().getOrDefault("name", "").isEmpty()) {
      throw new Refusal(Refusal.Code.NAME, "this server has one tunnel, and it has no name");
    }
    open = line;
    SessionLine challenge =
        SessionLine.of("challenge")
            .with("nonce", Hex.of(terms.random(SessionKeys.SIZE)))
            .with("auth", terms.auth())
            .build();
    keys.add(open);
    keys.add(challenge);
    channel.send(challenge.raw());
  }

  private void requireKey(String auth) throws ProtocolException {
    if (!auth.equals("key") && !auth.equals("none")) {
      throw new ProtocolException("auth of an //open line is neither key nor none");
    }
    if (terms.hasKey() && auth.equals("none")) {
      throw new Refusal(
          Refusal.Code.KEY_MISSING, "this server has a key: give the client the same");
    }
    if (!terms.hasKey() && auth.equals("key")) {
      throw new Refusal(
          Refusal.Code.KEY_UNEXPECTED, "this server has no key: give it that of the client");
    }
  }

  private void prove(SessionLine proof) throws ProtocolException {
    if (terms.hasKey()
        && !SessionKeys.same(keys.clientProof(), proof.hex("mac", SessionKeys.SIZE))) {
      throw new Refusal(
          Refusal.Code.KEY_WRONG,
          "the key is another one than this server's, or somebody is in the middle");
    }
    ServerSession before =
        sessions.resumed(
            open.fields().get("resume"),
            open.hex("nonce", SessionKeys.SIZE),
            open.hex("client", ID_BYTES));
    if (before == null) {
      sessions.requireRoom(remote.getAddress());
    }
    String id = Hex.of(terms.random(ID_BYTES));
    SessionLine session =
        SessionLine.of("session")
            .with("id", id)
            .with("secret", Hex.of(terms.random(SessionKeys.SIZE)))
            .with("beat", terms.beat())
            .build();
    keys.add(proof);
    keys.add(session);
    SessionLine.Draft answer = SessionLine.of("proof");
    if (terms.hasKey()) {
      answer.with("mac", Hex.of(keys.serverProof()));
    }
    channel.send(session.raw() + answer.build().raw());
    if (channel.isOpen()) {
      finish();
      sessions.open(new ServerSession(id, keys.secret(), channel, remote, open, sessions), before);
    }
  }

  private void finish() {
    waiting = false;
    home.cancel(deadline);
    unplaced.leave(this);
  }

  private static Refusal asRefusal(ProtocolException cause) {
    return cause instanceof Refusal refusal
        ? refusal
        : new Refusal(Refusal.Code.MALFORMED, cause.getMessage());
  }

  @Override
  public String lastWord(ProtocolException cause) {
    refusal = asRefusal(cause);
    return refusal.line().raw();
  }

  @Override
  public void farewell(Flow flow, ByteBuffer last) {
    finish(); // so that it takes up no second place
    unplaced.turnAway(flow, network, last);
  }

  @Override
  public void lost(String reason) {
    finish();
    if (refusal != null) {
      log(refusal);
    } else {
      notices.refused("session with " + Addresses.text(remote) + " not opened: " + reason);
    }
  }

  private void log(Refusal why) {
    notices.refused(
        "session with "
            + Addresses.text(remote)
            + " refused ("
            + why.code()
            + "): "
            + why.getMessage());
  }

  private void refuseUnopened(Refusal why) {
    ByteBuffer last = ByteBuffer.wrap(why.line().raw().getBytes(StandardCharsets.US_ASCII));
    unplaced.turnAway(flow, network, last);
    log(why);
  }

  private void late() {
    Refusal why = new Refusal(Refusal.Code.LATE, "opening the session took too long");
    finish();
    if (channel == null) {
      flow.abort(null); // it waits for TLS, and would not understand a word
    } else {
      channel.end(why.line().raw());
    }
    log(why);
  }

  @Override
  public InetAddress network() {
    return network;
  }

  @Override
  public Unplaced.Kind kind() {
    return open == null ? Unplaced.Kind.HELLO_SAID : Unplaced.Kind.CHALLENGED;
  }

  @Override
  public void giveWay(String reason) {
    finish();
    if (channel == null) {
      flow.abort(null);
    } else {
      channel.flow().abort(null);
      channel.close();
    }
    notices.refused("session with " + Addresses.text(remote) + " not opened: " + reason);
  }
}
