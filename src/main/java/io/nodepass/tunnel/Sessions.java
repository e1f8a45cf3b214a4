package io.nodepass.tunnel;

import io.nodepass.telemetry.Level;
import io.nodepass.telemetry.Log;
import io.nodepass.transport.Addresses;
import io.nodepass.transport.Flow;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The sessions of a server, and the users' connections that they give. For the home loop only. */
final class Sessions implements Supply, ServerSession.Owner {
  static final int MOST = 64;

  private static final long MOST_NUMBER = 1L << 62;
  private static final long ASK_AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
  private static final int SHOWN_DIGITS = 8;

  private final SessionTerms terms;
  private final Supply.Owner owner;
  private final Notices notices;
  private final Log log;
  private final Map<String, ServerSession> open = new LinkedHashMap<>();
  private int askedFor;
  private long askedAt;

  Sessions(SessionTerms terms, Supply.Owner owner, Notices notices) {
    this.terms = terms;
    this.owner = owner;
    this.notices = notices;
    this.log = terms.context().log();
  }

  /** Whether somebody at that address has one. */
  boolean has(InetAddress ip) {
    for (ServerSession session : open.values()) {
      if (session.remote().getAddress().equals(ip)) {
        return true;
      }
    }
    return false;
  }

  /** Whether somebody at another address has one. */
  boolean hasElsewhere(InetAddress ip) {
    for (ServerSession session : open.values()) {
      if (!session.remote().getAddress().equals(ip)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Looks whether one more client can be taken. Without a key nobody can tell a second client from
   * somebody who wants the first one's users: only one of the same address joins it.
   *
   * @throws Refusal when it cannot
   */
  void requireRoom(InetAddress ip) throws Refusal {
    if (open.size() >= MOST) {
      throw new Refusal(Refusal.Code.BUSY, MOST + " clients are connected already");
    }
    if (!terms.hasKey() && owner.hasClientElsewhere(ip)) {
      throw new Refusal(
          Refusal.Code.BUSY,
          "a client is connected from another address, and without a key nobody can tell which one"
              + " is meant: give the server and its clients a key (nodepass keygen)");
    }
  }

  /** How many connections are ready. */
  int size() {
    int size = 0;
    for (ServerSession session : open.values()) {
      size += session.size();
    }
    return size;
  }

  /**
   * The session that a client shows to have had; null when it has not.
   *
   * @param resume as it stands in the {@code //open} line, or null
   */
  ServerSession resumed(String resume, byte[] nonce, byte[] client) {
    int dot = resume == null ? -1 : resume.indexOf('.');
    ServerSession session = dot < 0 ? null : open.get(resume.substring(0, dot));
    byte[] mac = session == null ? null : Hex.decode(resume.substring(dot + 1));
    boolean shown =
        mac != null
            && SessionKeys.same(SessionKeys.resumption(session.secret(), nonce, client), mac);
    return shown ? session : null;
  }

  /**
   * A session has been opened.
   *
   * @param before the one that it takes the place of, or null
   */
  void open(ServerSession session, ServerSession before) {
    open.put(session.id(), session);
    session.begin(terms.beat());
    notices.client(
        Level.INFO,
        "client connected: "
            + session
            + ", session "
            + shown(session.id())
            + (terms.hasKey() ? ", with the key" : ""));
    if (before != null && open.remove(before.id()) != null) {
      before.end(null);
      notices.client(
          Level.INFO, "control channel lost: client " + before + ": it came back as " + session);
    }
    owner.stocked();
  }

  private static String shown(String id) {
    return id.substring(0, SHOWN_DIGITS);
  }

  /**
   * Takes a data connection that has come with this first line.
   *
   * @throws ProtocolException when it is to be refused; nothing has been written then
   * @throws IOException when it has ended
   */
  void data(Flow flow, InetSocketAddress remote, byte[] bind, String text) throws IOException {
    SessionLine line = SessionLine.parse(text);
    String id = Hex.of(line.hex("session", ServerOpening.ID_BYTES));
    long number = line.number("n", 1, MOST_NUMBER);
    byte[] mac = line.hex("mac", SessionKeys.SIZE);
    ServerSession session = open.get(id);
    if (session == null) {
      throw new Refusal(Refusal.Code.SESSION, "there is no session " + shown(id) + " any more");
    }
    if (!SessionKeys.same(SessionKeys.token(session.secret(), bind, number), mac)) {
      throw new Refusal(Refusal.Code.TOKEN, "the token is wrong");
    }
    if (!session.numbers().take(number)) {
      throw new Refusal(
          Refusal.Code.TOKEN, "the token of number " + number + " was used already, or is too old");
    }
    // One session with many must not leave another without any.
    if (owner.isFull(/* coming= */ 0) && session.size() >= owner.share(open.size())) {
      throw new Refusal(Refusal.Code.BUSY, "the pool is full");
    }
    String answer = Hex.of(SessionKeys.answer(session.secret(), bind, number));
    ByteBuffer bytes =
        ByteBuffer.wrap(
            SessionLine.of("ready")
                .with("mac", answer)
                .build()
                .raw()
                .getBytes(StandardCharsets.US_ASCII));
    flow.write(bytes);
    if (bytes.hasRemaining()) {
      throw new IOException("did not take the answer");
    }
    session.add(flow, terms.isFramed());
    log.debug("data connection " + number + " from " + Addresses.text(remote) + " is ready");
  }

  @Override
  public boolean isConnected() {
    return !open.isEmpty();
  }

  /** Of the one with the fewest users, of those that have a connection ready. */
  @Override
  public Given take(SocketAddress user) {
    while (true) {
      ServerSession chosen = null;
      for (ServerSession session : open.values()) {
        boolean fits = session.size() > 0;
        if (fits && (chosen == null || session.users() < chosen.users())) {
          chosen = session;
        }
      }
      if (chosen == null) {
        return null;
      }
      Given given = chosen.take((InetSocketAddress) user);
      if (given != null) {
        return given;
      }
    }
  }

  @Override
  public long untilRipe() {
    return Long.MAX_VALUE;
  }

  /** Asked again when more wait, or for a while; each session for its share. */
  @Override
  public void wanted(int waiting) {
    long now = terms.context().home().time();
    if (waiting == 0 || open.isEmpty()) {
      askedFor = 0;
      return;
    }
    if (waiting > askedFor || now - askedAt >= ASK_AGAIN_NANOS) {
      askedFor = waiting;
      askedAt = now;
      int share = (waiting + open.size() - 1) / open.size();
      new ArrayList<>(open.values()).forEach(session -> session.wanted(share));
    }
  }

  @Override
  public void lost(ServerSession session, String reason) {
    if (open.remove(session.id()) != null) {
      notices.client(Level.WARN, "control channel lost: client " + session + ": " + reason);
      owner.clientLost();
    }
  }

  @Override
  public void stocked() {
    owner.stocked();
  }

  @Override
  public void died(ServerSession session, String reason) {
    log.debug("ready connection dropped: " + session + ": " + reason);
  }

  /** Closes the older half of what is ready in each. */
  void shed() {
    open.values().forEach(ServerSession::shed);
  }

  /** Ends all of them; their clients are told. */
  void close() {
    List<ServerSession> all = List.copyOf(open.values());
    open.clear();
    Refusal why = new Refusal(Refusal.Code.CLOSING, "the server is shutting down");
    all.forEach(session -> session.end(why));
  }
}
