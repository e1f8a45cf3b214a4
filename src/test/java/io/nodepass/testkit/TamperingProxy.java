package io.nodepass.testkit;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.UnaryOperator;

/**
 * Somebody on the path to one address: passes TCP connections on, writes down every byte, and
 * changes the lines that it can read, which are the first of each direction. As a man in the middle
 * it ends TLS towards both sides with a certificate of its own, and can then read all lines.
 */
public final class TamperingProxy implements AutoCloseable {
  private static final int TLS_HANDSHAKE = 0x16;
  private static final int BACKLOG = 1024;

  private final Crew crew = new Crew("tampering proxy");
  private final Plan plan;
  private final ServerSocket listener;
  private final List<Passage> passages = new CopyOnWriteArrayList<>();

  private final TokenForger forger = new TokenForger();

  /** Whether the server has said so on a control connection. */
  private volatile boolean farHasTls;

  /** What it does. Each call adds to it. */
  public static final class Plan {
    private final InetSocketAddress upstream;
    private UnaryOperator<String> up = line -> line;
    private UnaryOperator<String> down = line -> line;
    private Openssl.Issued shown;
    private boolean forging;

    private Plan(InetSocketAddress upstream) {
      this.upstream = upstream;
    }

    /** Makes another line of each that goes to the server, with its LF; an empty one is dropped. */
    public Plan up(UnaryOperator<String> change) {
      up = change;
      return this;
    }

    /** The same for the lines that come from the server. */
    public Plan down(UnaryOperator<String> change) {
      down = change;
      return this;
    }

    /** Is the server to the client, with this certificate, and a client to the server. */
    public Plan inTheMiddle(Openssl.Issued certificate) {
      shown = certificate;
      return this;
    }

    /** And makes tokens anew, which he can where nobody has a key. */
    public Plan forging() {
      forging = true;
      return this;
    }

    public TamperingProxy start() throws IOException {
      return new TamperingProxy(this);
    }
  }

  public static Plan to(InetSocketAddress upstream) {
    return new Plan(upstream);
  }

  private TamperingProxy(Plan plan) throws IOException {
    this.plan = plan;
    this.listener = crew.own(new ServerSocket());
    listener.bind(Ports.loopback(0), BACKLOG);
    crew.spawn("accept", this::acceptAll);
  }

  public InetSocketAddress address() {
    return Ports.loopback(listener.getLocalPort());
  }

  /** The connections so far, in their order. */
  public List<Passage> passages() {
    return List.copyOf(passages);
  }

  /** Control connections that came so far: those whose client has said a hello. */
  public List<Passage> controls() {
    return passages.stream().filter(each -> each.upText().startsWith("//hello")).toList();
  }

  @Override
  public void close() {
    crew.close();
  }

  /** One connection and what it has carried, as its sender has sent it. */
  public static final class Passage {
    private final ByteArrayOutputStream up = new ByteArrayOutputStream();
    private final ByteArrayOutputStream down = new ByteArrayOutputStream();

    /** From the client: as it went over the wire, or without TLS for the man in the middle. */
    public byte[] up() {
      return up.toByteArray();
    }

    /** From the server, likewise. */
    public byte[] down() {
      return down.toByteArray();
    }

    public String upText() {
      return up.toString(StandardCharsets.ISO_8859_1);
    }

    public String downText() {
      return down.toString(StandardCharsets.ISO_8859_1);
    }
  }

  private void acceptAll() throws IOException {
    while (true) {
      Socket near = crew.own(listener.accept());
      crew.spawn("carry", () -> carry(near));
    }
  }

  private void carry(Socket near) throws IOException, InterruptedException {
    SessionPipe client = crew.own(SessionPipe.of(near), near);
    Socket far = crew.own(new Socket());
    try {
      far.connect(plan.upstream);
    } catch (IOException e) {
      crew.release(client);
      crew.release(far);
      return;
    }
    SessionPipe server = crew.own(SessionPipe.of(far), far);
    Passage passage = new Passage();
    passages.add(passage);
    Direction up = new Direction(client, server, passage.up, plan.up);
    Direction down = new Direction(server, client, passage.down, plan.down);
    if (plan.shown == null) {
      crew.spawn("down", () -> inTheOpen(down));
      inTheOpen(up);
    } else {
      inTheMiddle(up, down);
    }
  }

  /** The first line, unless TLS or something else begins there, and then bytes. */
  private void inTheOpen(Direction direction) {
    direction.run(
        () -> {
          int first = direction.from.read();
          if (first == '/') {
            direction.line(first);
          } else {
            direction.first(first);
          }
          direction.bytes();
        });
  }

  private void inTheMiddle(Direction up, Direction down) {
    up.run(
        () -> {
          int first = up.from.read();
          if (first == TLS_HANDSHAKE) {
            up.from.accept(SessionTls.server(plan.shown), first);
            up.to.connect(SessionTls.client(null, null));
            data(up, down);
          } else if (up.line(first).startsWith("//hello")) {
            control(up, down);
          } else {
            if (farHasTls) {
              up.to.connect(SessionTls.client(null, null));
            }
            crew.spawn("down", () -> firstLine(down));
            up.bytes();
          }
        });
  }

  private void data(Direction up, Direction down) throws IOException {
    if (!plan.forging) {
      crew.spawn("down", () -> firstLine(down));
      up.line(up.from.read());
    } else {
      SessionText asked = up.from.text("data");
      up.note(asked.raw());
      up.to.say(forger.data(asked, up.to.bind()));
      String answer = down.from.line();
      if (answer == null) {
        throw new IOException("the server has ended a data connection");
      }
      down.note(answer);
      down.to.say(answer.startsWith("//ready") ? forger.ready(asked, up.from.bind()) : answer);
      crew.spawn("down", () -> down.run(down::bytes));
    }
    up.bytes();
  }

  private void control(Direction up, Direction down) throws IOException {
    String sent = down.from.line();
    if (sent == null) {
      throw new IOException("the server has not answered");
    }
    down.note(sent);
    String passed = plan.down.apply(sent);
    down.to.say(passed);
    farHasTls = hasTls(sent);
    if (farHasTls) {
      up.to.connect(SessionTls.client(null, null));
    }
    if (hasTls(passed)) {
      up.from.accept(SessionTls.server(plan.shown));
    }
    crew.spawn(
        "down",
        () ->
            down.run(
                () -> {
                  String session = down.linesTo("//session");
                  if (plan.forging && !session.isEmpty()) {
                    learn(up, down, passed);
                  }
                  lines(down);
                }));
    lines(up);
  }

  /** Before the client has its proof and can begin a data connection. */
  private void learn(Direction up, Direction down, String answered) throws IOException {
    forger.learn(
        up.noted.toString(StandardCharsets.ISO_8859_1).split("\n"),
        down.noted.toString(StandardCharsets.ISO_8859_1).split("\n"),
        answered,
        up.from.bind(),
        up.to.bind());
  }

  private static boolean hasTls(String answer) {
    return answer.endsWith("#1\n") || answer.endsWith("#2\n");
  }

  private static void firstLine(Direction down) {
    down.run(
        () -> {
          down.line(down.from.read());
          down.bytes();
        });
  }

  private static void lines(Direction direction) throws IOException {
    while (!direction.line(direction.from.read()).isEmpty()) {
      // Each is passed on as it comes.
    }
    direction.to.end();
  }

  @FunctionalInterface
  private interface Task {
    void run() throws IOException;
  }

  /** One way of one connection. */
  private final class Direction {
    private final SessionPipe from;
    private final SessionPipe to;
    private final ByteArrayOutputStream noted;
    private final UnaryOperator<String> change;

    Direction(
        SessionPipe from,
        SessionPipe to,
        ByteArrayOutputStream noted,
        UnaryOperator<String> change) {
      this.from = from;
      this.to = to;
      this.noted = noted;
      this.change = change;
    }

    /** What breaks one way ends the connection on both sides. */
    void run(Task task) {
      try {
        task.run();
      } catch (IOException e) {
        abort(from);
        abort(to);
      }
    }

    private void abort(Closeable pipe) {
      try {
        ((SessionPipe) pipe).reset();
      } catch (IOException e) {
        // It is gone.
      }
      crew.release(pipe);
    }

    void note(String text) {
      byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
      noted.write(bytes, 0, bytes.length);
    }

    /** Passes on one line, of which a byte was read; empty at the end. */
    String line(int first) throws IOException {
      String line = from.line(first);
      if (line == null) {
        return "";
      }
      note(line);
      String changed = change.apply(line);
      if (!changed.isEmpty()) {
        to.say(changed);
      }
      return line;
    }

    /** Passes lines on up to the one that begins so, which it gives; empty at the end. */
    String linesTo(String wanted) throws IOException {
      String line = line(from.read());
      while (!line.isEmpty() && !line.startsWith(wanted)) {
        line = line(from.read());
      }
      return line;
    }

    void first(int first) throws IOException {
      if (first >= 0) {
        noted.write(first);
        to.write(new byte[] {(byte) first}, 1);
      }
    }

    /** Passes on what comes, to its end. */
    void bytes() throws IOException {
      byte[] some = new byte[16 * 1024];
      for (int n = from.read(some); n >= 0; n = from.read(some)) {
        noted.write(some, 0, n);
        to.write(some, n);
      }
      to.end();
    }
  }
}
