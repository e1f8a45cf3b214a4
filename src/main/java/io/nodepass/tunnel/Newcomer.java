package io.nodepass.tunnel;

import io.nodepass.reactor.Timer;
import io.nodepass.transport.Addresses;
import io.nodepass.transport.Flow;
import io.nodepass.transport.FlowOwner;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/**
 * A connection to the tunnel port until its first line, or its silence, has told what it is. In
 * modes 1 and 2 a data connection is one twice: before its TLS handshake and after it. For the home
 * loop only.
 */
final class Newcomer implements FlowOwner, Unplaced.Guest {
  static final long LINE_NANOS = TimeUnit.SECONDS.toNanos(5);

  private static final int TLS_HANDSHAKE = 0x16;
  private static final String HELLO = "//hello?";
  private static final String DATA = "//data?";
  private static final String GET = "GET ";

  private final Flow flow;
  private final InetSocketAddress remote;
  private final InetAddress network;
  private final byte[] bind;
  private final Door door;
  private final FirstLine line;
  private final Timer deadline = new Timer(this::late);
  private long since;
  private boolean over;

  /** Who is told what it is; it has let go of its flow then, which has no interest. */
  interface Door {
    /**
     * Nothing has come in time.
     *
     * @return how much longer it may take, in nanoseconds; 0 when it was let go of
     */
    long silent(Newcomer newcomer);

    void hello(Newcomer newcomer, String line);

    void data(Newcomer newcomer, String line);

    /** TLS begins here. */
    void tls(Newcomer newcomer, ByteBuffer first);

    /** It is over, for that reason; the peer is to be told so by these last bytes. */
    void refused(Newcomer newcomer, ByteBuffer last, String reason);

    /** It is over. */
    void gone(Newcomer newcomer, String reason);
  }

  /**
   * Not begun.
   *
   * @param bind what a proof on it is bound to, or null when it has not been through TLS
   */
  Newcomer(Flow flow, InetSocketAddress remote, byte[] bind, Door door) {
    this.flow = flow;
    this.remote = remote;
    this.network = Addresses.network(remote.getAddress());
    this.bind = bind;
    this.line = bind == null ? new FirstLine(TLS_HANDSHAKE) : new FirstLine();
    this.door = door;
  }

  /** Begins to read; it may be silent for so long. */
  void begin(long silenceNanos) {
    since = flow.loop().time();
    flow.attach(this);
    flow.loop().schedule(deadline, silenceNanos);
    flow.interest(Flow.READ);
  }

  Flow flow() {
    return flow;
  }

  InetSocketAddress remote() {
    return remote;
  }

  byte[] bind() {
    return bind;
  }

  /** For how long it has been here. */
  long age() {
    return flow.loop().time() - since;
  }

  boolean isInTls() {
    return bind != null;
  }

  @Override
  public InetAddress network() {
    return network;
  }

  @Override
  public Unplaced.Kind kind() {
    if (isInTls()) {
      return Unplaced.Kind.IN_TLS;
    }
    return isSilent() ? Unplaced.Kind.SILENT : Unplaced.Kind.SPEAKING;
  }

  private boolean isSilent() {
    return line.isEmpty();
  }

  @Override
  public void ready(Flow flow, int ops) throws IOException {
    if (!over) {
      read();
    }
  }

  private void read() throws IOException {
    boolean silent = line.isEmpty();
    boolean complete = line.read(flow);
    if (line.isEmpty()) {
      return;
    }
    if (silent) {
      flow.loop().schedule(deadline, LINE_NANOS);
    }
    if (!isInTls() && line.firstByte() == TLS_HANDSHAKE) {
      letGo();
      door.tls(this, line.everything());
      return;
    }
    String begin = beginning();
    if (!complete) {
      require(begins(begin, HELLO) || begins(begin, DATA) || begins(begin, GET));
    } else if (begin.startsWith(GET)) {
      throw new Refusal(Refusal.Code.WEBSOCKET, "WebSocket is not supported");
    } else if (line.rest().hasRemaining()) {
      throw new Refusal(Refusal.Code.MALFORMED, "something follows the first line");
    } else if (begin.startsWith(HELLO) && !isInTls()) {
      letGo();
      door.hello(this, line.text());
    } else {
      require(begin.startsWith(DATA));
      letGo();
      door.data(this, line.text());
    }
  }

  private static boolean begins(String begin, String word) {
    return begin.startsWith(word) || word.startsWith(begin);
  }

  private static void require(boolean ours) throws Refusal {
    if (!ours) {
      throw new Refusal(
          Refusal.Code.MALFORMED, "what came first is nothing that a NodePass client sends");
    }
  }

  private String beginning() {
    ByteBuffer all = line.everything();
    all.limit(Math.min(all.limit(), HELLO.length()));
    return StandardCharsets.ISO_8859_1.decode(all).toString();
  }

  private void late() {
    try {
      if (isSilent()) {
        read(); // a line that came in the very moment counts
      }
      if (over) {
        return;
      }
      if (!isSilent()) {
        if (!deadline.isScheduled()) {
          throw new Refusal(Refusal.Code.LATE, "the first line took too long");
        }
        return;
      }
      long more = door.silent(this);
      if (more > 0) {
        flow.loop().schedule(deadline, more);
      }
    } catch (IOException e) {
      failed(flow, e);
    }
  }

  /** Leaves the flow to somebody else. */
  void letGo() {
    over = true;
    flow.loop().cancel(deadline);
    flow.interest(0);
  }

  /** Has the peer told why, and ends. */
  void refuse(Refusal refusal) {
    over = true;
    flow.loop().cancel(deadline);
    flow.interest(0);
    String word = refusal.is(Refusal.Code.WEBSOCKET) ? http(refusal) : refusal.line().raw();
    ByteBuffer last = ByteBuffer.wrap(word.getBytes(StandardCharsets.US_ASCII));
    door.refused(this, last, refusal.getMessage());
  }

  private static String http(Refusal refusal) {
    String body = refusal.getMessage() + "\n";
    return "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: "
        + body.length()
        + "\r\nConnection: close\r\n\r\n"
        + body;
  }

  @Override
  public void failed(Flow flow, Throwable cause) {
    if (over) {
      flow.abort(cause);
    } else {
      failed(cause);
    }
  }

  /** Refuses it if the cause is something to be told, and else ends it. */
  void failed(Throwable cause) {
    if (cause instanceof Refusal refusal) {
      refuse(refusal);
    } else if (cause instanceof ProtocolException wrong) {
      refuse(new Refusal(Refusal.Code.MALFORMED, wrong.getMessage()));
    } else {
      over = true;
      flow.loop().cancel(deadline);
      flow.abort(cause);
      String reason = cause.getMessage();
      door.gone(this, reason == null ? cause.toString() : reason);
    }
  }

  @Override
  public void giveWay(String reason) {
    over = true;
    flow.loop().cancel(deadline);
    flow.abort(null);
    door.gone(this, reason);
  }

  @Override
  public String toString() {
    return Addresses.text(remote);
  }
}
