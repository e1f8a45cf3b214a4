package io.nodepass.testkit;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ProtocolException;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
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
  private static final Duration ASK_AGAIN = Duration.ofMillis(200);

  private final Crew crew = new Crew("session server");
  private final SessionServerPlan plan;
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

  public static SessionServerPlan plan() {
    return new SessionServerPlan();
  }

  SessionServerDouble(SessionServerPlan plan) throws IOException {
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
    } catch (SessionAdmission.Refusal e) {
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
    if (SessionAdmission.number(hello.get("v"), hello) < 2) {
      throw new SessionAdmission.Refusal("version", "update the client");
    }
    Thread.sleep(plan.answerDelay.toMillis());
    SessionText answer =
        SessionText.ofKind(
            Integer.toString(tunnel.getLocalPort()), Integer.toString(plan.mode), "v", "2");
    pipe.say(answer.raw());
    if (tls != null) {
      pipe.accept(tls);
    }
    ServedSession session =
        new SessionAdmission(crew, plan, pipe).admit(hello.raw() + answer.raw(), sessions);
    pipe.patience(Duration.ZERO);
    session.live();
  }

  private void data(SessionPipe pipe, SessionText line) throws IOException {
    String id = line.hex("session", 32);
    long n = SessionAdmission.number(line.get("n"), line);
    String token = line.hex("mac", 64);
    ServedSession session =
        sessions.stream()
            .filter(each -> each.end() == null && each.secrets().id().equals(id))
            .findFirst()
            .orElseThrow(() -> new SessionAdmission.Refusal("session", "open a new session"));
    if (!SessionAdmission.same(session.secrets().token(pipe.bind(), n), token)
        || !session.take(n)) {
      throw new SessionAdmission.Refusal("token", "open a new session");
    }
    String mac = session.secrets().answer(pipe.bind(), n);
    pipe.say(
        SessionText.of(
                "ready",
                "mac",
                plan.does(SessionServerPlan.Misdeed.WRONG_READY) ? SessionSecrets.spoilt(mac) : mac)
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
      long until = System.nanoTime() + USER_WAITS.toNanos();
      // Again and again: a client at its maximum may not have seen yet that some are in use.
      while (session != null && connection == null && System.nanoTime() - until < 0) {
        session.more(1);
        connection = session.next(ASK_AGAIN);
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
