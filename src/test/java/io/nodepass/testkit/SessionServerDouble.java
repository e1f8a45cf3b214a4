package io.nodepass.testkit;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ProtocolException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A server of the session dialect by docs/protocol.md alone, with blocking sockets: it takes any
 * number of sessions on one port, and carries users of an ingress over the latest one, or what a
 * test makes of its connections. It can be made to do what it should not.
 */
public final class SessionServerDouble implements AutoCloseable {
  private static final int BACKLOG = 1024;
  private static final int TLS_HANDSHAKE = 0x16;
  private static final Duration FIRST_LINE = Duration.ofSeconds(5);
  private static final Duration USER_WAITS = Duration.ofSeconds(30);

  private final Crew crew = new Crew("session server");
  private final Plan plan;
  private final SessionTls tls;
  private final ServerSocket tunnel;
  private final ServerSocket ingress;
  private final ServerSocket legacyData;
  private final List<ServedSession> sessions = new CopyOnWriteArrayList<>();
  private final List<String> refusals = new CopyOnWriteArrayList<>();
  private final List<String> failures = new CopyOnWriteArrayList<>();
  private final AtomicInteger legacyDials = new AtomicInteger();
  private final AtomicInteger carried = new AtomicInteger();
  private volatile boolean mute;

  /** What a server should not do. */
  public enum Misdeed {
    /** Its proof is wrong in the last digit. */
    WRONG_PROOF,
    /** Its proof is the client's own, and it takes whatever the client shows. */
    REFLECTED_PROOF,
    /** It proves nothing, although it has said {@code auth=key}. */
    NO_PROOF,
    /** It says {@code auth=none} to a client with a key. */
    KEYLESS,
    /** Its answer to a data line is wrong in the last digit. */
    WRONG_READY
  }

  /** How it is set up. Each call changes it. */
  public static final class Plan {
    private int port;
    private int mode;
    private Openssl.Issued identity;
    private String key;
    private Duration beat = Duration.ofSeconds(5);
    private Duration answerDelay = Duration.ZERO;
    private boolean legacyFirst;
    private final Set<Misdeed> misdeeds = EnumSet.noneOf(Misdeed.class);

    public Plan port(int instead) {
      port = instead;
      return this;
    }

    /** What it shows in mode 1 or 2. */
    public Plan tls(int instead, Openssl.Issued shown) {
      mode = instead;
      identity = shown;
      return this;
    }

    public Plan key(String shared) {
      key = shared;
      return this;
    }

    /** The signs of life; zero for none. */
    public Plan beat(Duration instead) {
      beat = instead;
      return this;
    }

    /** Answers a hello so much later. */
    public Plan answerAfter(Duration delay) {
      answerDelay = delay;
      return this;
    }

    /** Greets in the legacy dialect first, as long as it has had no session, and answers later. */
    public Plan legacyFirst() {
      legacyFirst = true;
      return this;
    }

    public Plan misdeed(Misdeed misdeed) {
      misdeeds.add(misdeed);
      return this;
    }

    public SessionServerDouble start() throws IOException {
      return new SessionServerDouble(this);
    }
  }

  /** What it says when it refuses. */
  private static final class Refusal extends IOException {
    private static final long serialVersionUID = 1L;

    private final String code;

    Refusal(String code, String text) {
      super(text);
      this.code = code;
    }
  }

  public static Plan plan() {
    return new Plan();
  }

  private SessionServerDouble(Plan plan) throws IOException {
    this.plan = plan;
    this.tls = plan.mode == 0 ? null : SessionTls.server(plan.identity);
    this.tunnel = listen(plan.port);
    this.ingress = listen(0);
    this.legacyData = listen(0);
    crew.spawn("accept", this::acceptAll);
    crew.spawn("ingress", this::acceptUsers);
    crew.spawn("legacy", this::acceptLegacy);
  }

  private ServerSocket listen(int port) throws IOException {
    ServerSocket listener = crew.own(new ServerSocket());
    listener.bind(Ports.loopback(port), BACKLOG);
    return listener;
  }

  /** Where everything of the dialect goes. */
  public InetSocketAddress tunnel() {
    return Ports.loopback(tunnel.getLocalPort());
  }

  /** Where users enter. */
  public InetSocketAddress ingress() {
    return Ports.loopback(ingress.getLocalPort());
  }

  /** All sessions so far, those that have ended included. */
  public List<ServedSession> sessions() {
    return List.copyOf(sessions);
  }

  /** Waits for the session of this number, the first of which is 1. */
  public ServedSession session(int number, Duration patience) {
    Await.until(
        () -> "session " + number + " of: " + this, patience, () -> sessions.size() >= number);
    return sessions.get(number - 1);
  }

  /** The codes of what it has refused. */
  public List<String> refusals() {
    return List.copyOf(refusals);
  }

  /** What else has ended a connection before it was placed or its session opened. */
  public List<String> failures() {
    return List.copyOf(failures);
  }

  /** Data connections that came to the port of the legacy line. */
  public int legacyDials() {
    return legacyDials.get();
  }

  /** Users of the ingress that were carried so far, or are. */
  public int carried() {
    return carried.get();
  }

  /** As if the machine had lost its power: nothing is said or taken any more, and no FIN sent. */
  public void fallSilent() {
    mute = true;
    sessions.forEach(ServedSession::fallSilent);
  }

  private void acceptAll() throws IOException {
    while (true) {
      Socket socket = crew.own(tunnel.accept());
      if (!mute) {
        crew.spawn("connection", () -> take(socket));
      }
    }
  }

  private void acceptLegacy() throws IOException {
    while (true) {
      crew.own(legacyData.accept());
      legacyDials.incrementAndGet();
    }
  }

  private void take(Socket socket) throws IOException, InterruptedException {
    SessionPipe pipe = crew.own(SessionPipe.of(socket), socket);
    try {
      place(pipe);
    } catch (Refusal e) {
      refuse(pipe, e.code, e.getMessage());
    } catch (ProtocolException e) {
      refuse(pipe, "malformed", e.getMessage());
    } catch (IOException e) {
      failures.add(e.toString());
      crew.release(pipe);
    }
  }

  private void refuse(SessionPipe pipe, String code, String text) throws IOException {
    refusals.add(code);
    try {
      pipe.refuse(code, text);
    } finally {
      crew.release(pipe);
    }
  }

  private void place(SessionPipe pipe) throws IOException, InterruptedException {
    if (plan.legacyFirst && sessions.isEmpty()) {
      pipe.say("//" + legacyData.getLocalPort() + "#" + plan.mode + "\n");
    }
    pipe.patience(FIRST_LINE);
    int first = pipe.read();
    if (first == TLS_HANDSHAKE && tls == null) {
      throw new IOException("a ClientHello where there is no TLS");
    }
    if (first == TLS_HANDSHAKE) {
      pipe.accept(tls, first);
      data(pipe, first(pipe, pipe.read(), "data"));
      return;
    }
    SessionText line = first(pipe, first, tls == null ? "" : "hello");
    if (line.is("hello")) {
      control(pipe, line);
    } else {
      data(pipe, line);
    }
  }

  private static SessionText first(SessionPipe pipe, int first, String wanted) throws IOException {
    String raw = pipe.line(first);
    if (raw == null) {
      throw new IOException("ended without a word");
    }
    SessionText line = SessionText.parse(raw);
    boolean known = line.is("hello") || line.is("data");
    if (!known || (!wanted.isEmpty() && !line.is(wanted))) {
      throw new ProtocolException("does not belong here: " + raw.strip());
    }
    return line;
  }

  private void control(SessionPipe pipe, SessionText hello)
      throws IOException, InterruptedException {
    if (number(hello.get("v"), hello) < 2) {
      throw new Refusal("version", "update the client");
    }
    Thread.sleep(plan.answerDelay.toMillis());
    SessionText answer =
        SessionText.ofKind(
            Integer.toString(tunnel.getLocalPort()), Integer.toString(plan.mode), "v", "2");
    pipe.say(answer.raw());
    if (tls != null) {
      pipe.accept(tls);
    }
    ServedSession session = opened(pipe, hello.raw() + answer.raw());
    pipe.patience(Duration.ZERO);
    session.live();
  }

  private ServedSession opened(SessionPipe pipe, String inTheOpen) throws IOException {
    SessionText open = pipe.text("open");
    String client = open.hex("client", 32);
    String nonce = open.hex("nonce", 64);
    long least = number(open.get("min"), open);
    if (number(open.get("max"), open) < least || !open.get("carry").equals("tcp")) {
      throw new ProtocolException("not of this dialect: " + open.raw());
    }
    if (!open.get("flow").equals("reverse")) {
      throw new Refusal("flow", "only reverse here");
    }
    compareAuth(open.get("auth"));
    String claimed = plan.misdeeds.contains(Misdeed.KEYLESS) ? null : plan.key;
    SessionText challenge =
        SessionText.of(
            "challenge",
            "nonce",
            SessionSecrets.random(32),
            "auth",
            claimed == null ? "none" : "key");
    pipe.say(challenge.raw());
    String bind = pipe.bind();
    String key = SessionSecrets.stretched(claimed);
    String soFar = inTheOpen + open.raw() + challenge.raw();
    SessionText proof = pipe.text("proof");
    if (claimed != null && !plan.misdeeds.contains(Misdeed.REFLECTED_PROOF)) {
      String right = SessionSecrets.mac(key, "client", SessionSecrets.transcript(bind, soFar));
      if (!same(right, proof.get("mac"))) {
        throw new Refusal("key-wrong", "compare the keys");
      }
    }
    String id = SessionSecrets.random(16);
    SessionText session =
        SessionText.of(
            "session",
            "id",
            id,
            "secret",
            SessionSecrets.random(32),
            "beat",
            Long.toString(plan.beat.toMillis()));
    String all = SessionSecrets.transcript(bind, soFar + proof.raw() + session.raw());
    SessionSecrets secrets =
        new SessionSecrets(id, SessionSecrets.mac(key, "session", all), client);
    ServedSession before = resumed(open.fields().get("resume"), nonce, client);
    ServedSession opened = new ServedSession(crew, pipe, secrets, open, plan.beat, before != null);
    sessions.add(opened);
    String mac = SessionSecrets.mac(key, "server", all);
    pipe.say(session.raw() + returned(claimed, mac, proof).raw());
    if (before != null) {
      before.stop();
    }
    return opened;
  }

  private void compareAuth(String auth) throws IOException {
    boolean client = auth.equals("key");
    if (!client && !auth.equals("none")) {
      throw new ProtocolException("auth=" + auth);
    }
    if (!plan.misdeeds.contains(Misdeed.KEYLESS) && client != (plan.key != null)) {
      throw client
          ? new Refusal("key-unexpected", "give this end the same key")
          : new Refusal("key-missing", "give the other end the same key");
    }
  }

  private SessionText returned(String key, String mac, SessionText proof) throws IOException {
    if (key == null || plan.misdeeds.contains(Misdeed.NO_PROOF)) {
      return SessionText.of("proof");
    }
    if (plan.misdeeds.contains(Misdeed.REFLECTED_PROOF)) {
      return proof;
    }
    return SessionText.of(
        "proof",
        "mac",
        plan.misdeeds.contains(Misdeed.WRONG_PROOF) ? SessionSecrets.spoilt(mac) : mac);
  }

  private ServedSession resumed(String resume, String nonce, String client) {
    for (ServedSession each : sessions) {
      if (resume != null
          && each.end() == null
          && each.secrets().client().equals(client)
          && same(each.secrets().resumption(nonce), resume)) {
        return each;
      }
    }
    return null;
  }

  private void data(SessionPipe pipe, SessionText line) throws IOException {
    String id = line.hex("session", 32);
    long n = number(line.get("n"), line);
    String token = line.hex("mac", 64);
    ServedSession session =
        sessions.stream()
            .filter(each -> each.end() == null && each.secrets().id().equals(id))
            .findFirst()
            .orElseThrow(() -> new Refusal("session", "open a new session"));
    if (!same(session.secrets().token(pipe.bind(), n), token) || !session.take(n)) {
      throw new Refusal("token", "open a new session");
    }
    String mac = session.secrets().answer(pipe.bind(), n);
    pipe.say(
        SessionText.of(
                "ready",
                "mac",
                plan.misdeeds.contains(Misdeed.WRONG_READY) ? SessionSecrets.spoilt(mac) : mac)
            .raw());
    pipe.patience(Duration.ZERO);
    session.add(new ServedConnection(pipe, n));
  }

  private void acceptUsers() throws IOException {
    while (true) {
      Socket user = crew.own(ingress.accept());
      crew.spawn("user", () -> carry(user));
    }
  }

  private void carry(Socket user) throws IOException, InterruptedException {
    user.setTcpNoDelay(true);
    try {
      ServedSession session = sessions.isEmpty() ? null : sessions.get(sessions.size() - 1);
      ServedConnection connection = session == null ? null : session.next(Duration.ZERO);
      if (session != null && connection == null) {
        session.more(1);
        connection = session.next(USER_WAITS);
      }
      if (connection == null) {
        user.setSoLinger(true, 0);
        return;
      }
      carried.incrementAndGet();
      SessionFlow flow =
          connection.open(user.getInetAddress().getHostAddress() + ":" + user.getPort());
      if (SessionRelay.run(crew, flow, user)) {
        session.giveBack(connection);
      } else {
        crew.release(connection.pipe());
      }
    } finally {
      crew.release(user);
    }
  }

  private static long number(String digits, SessionText line) throws IOException {
    try {
      return Long.parseUnsignedLong(digits);
    } catch (NumberFormatException e) {
      throw new ProtocolException("not a number in: " + line.raw().strip());
    }
  }

  private static boolean same(String one, String other) {
    return MessageDigest.isEqual(
        one.getBytes(StandardCharsets.US_ASCII), other.getBytes(StandardCharsets.US_ASCII));
  }

  @Override
  public String toString() {
    return "session server: "
        + sessions.size()
        + " sessions, refused "
        + refusals
        + ", failed "
        + failures
        + ", "
        + carried
        + " carried";
  }

  @Override
  public void close() {
    crew.close();
  }
}
