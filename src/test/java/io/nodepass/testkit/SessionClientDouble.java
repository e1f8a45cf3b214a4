package io.nodepass.testkit;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A client of the session dialect by docs/protocol.md alone, with blocking sockets: it opens one
 * session, keeps some data connections ready and serves what comes over them. What it is asked to
 * do beyond that, it does, allowed or not.
 */
public final class SessionClientDouble implements AutoCloseable {
  static final Duration PATIENCE = Duration.ofSeconds(20);

  private final Crew crew = new Crew("session client");
  private final InetSocketAddress tunnel;
  private final SessionClientPlan plan;
  private final SessionOpening opening;
  private final AtomicLong numbers = new AtomicLong();
  private final AtomicInteger ready = new AtomicInteger();
  private final AtomicInteger opened = new AtomicInteger();
  private final AtomicInteger carried = new AtomicInteger();
  private final AtomicInteger blanks = new AtomicInteger();
  private final AtomicInteger wanted = new AtomicInteger();
  private volatile boolean mute;
  private volatile String end;

  /** What is done with a user. It may throw; the connection is then reset. */
  @FunctionalInterface
  public interface Service {
    /** Returns when both ends were sent and taken, and tells whether the flow was finished. */
    boolean serve(SessionFlow flow) throws IOException, InterruptedException;
  }

  /** What the server has said to a data line: its line, or null when it ended or was reset. */
  public record DataAnswer(SessionPipe pipe, SessionText line) {
    public boolean isReady() {
      return line != null && line.is("ready");
    }

    /** Of a refusal. */
    public String code() {
      return line == null ? null : line.fields().get("code");
    }
  }

  /** Serves users by dialling this target. */
  public static SessionClientPlan to(InetSocketAddress target) {
    SessionClientPlan plan = new SessionClientPlan();
    plan.target = target;
    return plan;
  }

  SessionClientDouble(SessionClientPlan plan, InetSocketAddress tunnel) throws IOException {
    this.plan = plan;
    this.tunnel = tunnel;
    this.opening = SessionOpening.open(plan, tunnel);
    crew.own(opening.control());
    crew.spawn("control", this::readControl);
    crew.spawn("beat", this::beat);
    addReady(plan.pool);
  }

  /** What it shares with the server. */
  public SessionSecrets secrets() {
    return opening.secrets();
  }

  /** The lines it has said to open the session. */
  public String sayings() {
    return opening.sayings();
  }

  /** Says something on control. */
  public void say(String text) throws IOException {
    opening.control().say(text);
  }

  /** Gives no sign of life any more. */
  public void fallSilent() {
    mute = true;
  }

  /** Data connections ready now. */
  public int ready() {
    return ready.get();
  }

  /** Data connections that have been ready so far. */
  public int opened() {
    return opened.get();
  }

  /** Users served so far, or being served. */
  public int carried() {
    return carried.get();
  }

  /** The server's signs of life. */
  public int blanks() {
    return blanks.get();
  }

  /** How many connections the server has asked for by {@code //more}. */
  public int wanted() {
    return wanted.get();
  }

  /** Why the session has ended: the server's code, or how; null as long as it has not. */
  public String end() {
    return end;
  }

  private void readControl() throws IOException {
    SessionPipe control = opening.control();
    try {
      control.patience(Duration.ofMillis(3 * opening.beat()));
      while (true) {
        SessionText line = control.text();
        switch (line.what()) {
          case "" -> blanks.incrementAndGet();
          case "more" -> {
            int more = Integer.parseInt(line.get("n"));
            wanted.addAndGet(more);
            addReady(Math.min(more, plan.most - ready.get()));
          }
          default -> {
            // Not known; to be ignored.
          }
        }
      }
    } catch (SessionRefused e) {
      end = e.code();
    } catch (EOFException e) {
      end = "ended";
    } catch (SocketException e) {
      end = "reset";
    } catch (IOException e) {
      end = e.toString();
    } finally {
      crew.release(control);
    }
  }

  private void beat() throws IOException, InterruptedException {
    while (opening.beat() > 0 && end == null) {
      Thread.sleep(opening.beat());
      if (!mute) {
        say("\n");
      }
    }
  }

  private void addReady(int count) {
    for (int i = 0; i < count; i++) {
      crew.spawn("data", this::keep);
    }
  }

  private void keep() throws IOException, InterruptedException {
    DataAnswer answer = dial();
    SessionPipe pipe = crew.own(answer.pipe());
    try {
      if (!answer.isReady()) {
        return;
      }
      pipe.patience(Duration.ZERO);
      opened.incrementAndGet();
      if (opening.mode() == 0) {
        serveRaw(pipe);
      } else {
        serveFrames(pipe);
      }
    } finally {
      crew.release(pipe);
    }
  }

  private void serveRaw(SessionPipe pipe) throws IOException, InterruptedException {
    ready.incrementAndGet();
    String line;
    try {
      line = pipe.line();
    } finally {
      ready.decrementAndGet();
    }
    if (line != null) {
      addReady(1);
      serve(SessionFlow.raw(pipe, signal(line)));
    }
  }

  private void serveFrames(SessionPipe pipe) throws IOException, InterruptedException {
    boolean again = true;
    for (int number = 1; again; number++) {
      SessionFrame frame;
      ready.incrementAndGet();
      try {
        frame = SessionFrame.read(pipe);
      } finally {
        ready.decrementAndGet();
      }
      if (frame == null) {
        return;
      }
      if (frame.type != SessionFrame.OPEN || frame.flow != number) {
        throw new IOException("wanted OPEN of " + number + ", got " + frame.type);
      }
      String line = new String(frame.payload, StandardCharsets.US_ASCII);
      again = serve(SessionFlow.framed(pipe, signal(line + "\n"), number, /* server= */ false));
    }
    addReady(1);
  }

  private static SessionText signal(String line) throws IOException {
    SessionText signal = SessionText.parse(line);
    if (!signal.kind().equals("1") || signal.what().length() != 8) {
      throw new IOException("no signal: " + line.strip());
    }
    signal.get("src");
    return signal;
  }

  private boolean serve(SessionFlow flow) throws IOException, InterruptedException {
    carried.incrementAndGet();
    return plan.service == null ? dialTarget(flow) : plan.service.serve(flow);
  }

  private boolean dialTarget(SessionFlow flow) throws IOException, InterruptedException {
    Socket socket = new Socket();
    try {
      crew.own(socket);
      socket.connect(plan.target);
      socket.setTcpNoDelay(true);
    } catch (IOException e) {
      crew.release(socket);
      flow.abort("unreachable");
      return false;
    }
    return SessionRelay.run(crew, flow, socket);
  }

  /** Opens a data connection as it should be, by the next number. */
  public DataAnswer dial() throws IOException {
    return dial(numbers.incrementAndGet(), null);
  }

  /** The same by any number, and by another token if there is one. */
  public DataAnswer dial(long number, String token) throws IOException {
    return dial(secrets(), number, token);
  }

  /** The same for another session. */
  public DataAnswer dialAs(SessionSecrets other, long number) throws IOException {
    return dial(other, number, null);
  }

  private DataAnswer dial(SessionSecrets secrets, long number, String token) throws IOException {
    SessionPipe pipe = dialPlain();
    try {
      if (opening.tls() != null) {
        pipe.connect(opening.tls());
      }
      String mac = token == null ? secrets.token(pipe.bind(), number) : token;
      DataAnswer answer =
          ask(
              pipe,
              SessionText.of(
                      "data", "session", secrets.id(), "n", Long.toString(number), "mac", mac)
                  .raw());
      if (answer.isReady()
          && !answer.line().get("mac").equals(secrets.answer(pipe.bind(), number))) {
        throw new IOException("the server's answer to a data line is wrong");
      }
      return answer;
    } catch (IOException e) {
      crew.release(pipe);
      throw e;
    }
  }

  private SessionPipe dialPlain() throws IOException {
    Socket socket = crew.own(new Socket());
    return crew.own(SessionPipe.dial(socket, tunnel), socket);
  }

  /** Says a data line on a connection and takes what comes. */
  public static DataAnswer ask(SessionPipe pipe, String line) throws IOException {
    pipe.say(line);
    String answer;
    try {
      answer = pipe.line();
    } catch (SocketException e) {
      answer = null;
    }
    return new DataAnswer(pipe, answer == null ? null : SessionText.parse(answer));
  }

  @Override
  public String toString() {
    return "session client: "
        + opened
        + " opened, "
        + ready
        + " ready, "
        + carried
        + " carried, "
        + blanks
        + " blanks, end "
        + end;
  }

  @Override
  public void close() {
    crew.close();
  }
}
