package io.nodepass.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nodepass.testkit.Await;
import io.nodepass.testkit.DistantPath;
import io.nodepass.testkit.EchoServer;
import io.nodepass.testkit.Stage;
import io.nodepass.testkit.Tunnel;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A user with bulk traffic keeps most of it while strangers flood the port that data comes to.
 *
 * <p>Measured is what comes back to that user, in windows by turns with and without the flood; each
 * window with it is compared to the mean of the two around it, so that a machine that gets slower
 * or faster meanwhile does not count, and the median of the ratios is what is kept. New users come
 * in all of them. The flood is one thread that connects at a fixed rate and says bytes made before,
 * so that it is not the one who takes the processor. And a client gets in during a flood, though it
 * comes from afar and the strangers have been greeted as it is.
 */
@Tag("slow")
@Timeout(300)
class FloodIT {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Duration WINDOW = Duration.ofSeconds(4);
  private static final Duration WARM_UP = Duration.ofSeconds(6);
  private static final int FLOODS = 5;

  /** More than 2,000 in each window. */
  private static final int PER_SECOND = 525;

  private static final int NEW_USERS = 5;
  private static final double LEAST_KEPT = 0.8;

  /** The client runs on this machine: it is the one address from which data connections come. */
  private static final String CLIENT = "127.0.0.1";

  private static final String ELSEWHERE = "127.0.0.2";

  /** Where a client from afar seems to be. */
  private static final String AFAR = "127.0.0.3";

  private static final Duration ONE_WAY = Duration.ofMillis(75);

  /** Of one address, each of which is greeted a second after the one before and waits for 10 s. */
  private static final int GREETED_STRANGERS = 8;

  /** While the last of them is still greeted; the start of a JVM is in it. */
  private static final Duration UNTIL_IN = Duration.ofSeconds(12);

  private static final int MORE_PER_SECOND = 900;

  /** The start of a JVM on a busy machine is in it. */
  private static final Duration UNTIL_IN_A_SESSION = Duration.ofSeconds(10);

  private static final String KEY = "correct-horse-battery-stapler";

  private static final String DATA_LINE =
      "//data?session=" + "0".repeat(32) + "&n=1&mac=" + "0".repeat(64) + "\n";

  @RegisterExtension final Stage stage = new Stage();

  /** Who comes, and how much of the first message of a handshake they say. */
  enum Flood {
    SILENT_FROM_THE_CLIENT(CLIENT, 0.0),
    HALF_A_HELLO_FROM_THE_CLIENT(CLIENT, 0.5),
    HANDSHAKES_FROM_THE_CLIENT(CLIENT, 1.0),
    SILENT_FROM_ELSEWHERE(ELSEWHERE, 0.0),
    HALF_A_HELLO_FROM_ELSEWHERE(ELSEWHERE, 0.5),
    HANDSHAKES_FROM_ELSEWHERE(ELSEWHERE, 1.0);

    private final String from;
    private final double share;

    Flood(String from, double share) {
      this.from = from;
      this.share = share;
    }

    byte[] words() throws Exception {
      byte[] hello = Strangers.clientHello(SSLContext.getDefault());
      return Arrays.copyOf(hello, (int) (hello.length * share));
    }
  }

  private Tunnel.Plan plan() throws IOException {
    EchoServer echo = stage.add(EchoServer.start());
    return Tunnel.to(echo.address())
        .parameters("log=info&proto=legacy")
        .serverParameters("&tls=1")
        .clientParameters("&tls=1");
  }

  /** In the session dialect there is one port, and TLS or not. */
  private Tunnel.Plan sessions(int mode) throws IOException {
    EchoServer echo = stage.add(EchoServer.start());
    return Tunnel.to(echo.address())
        .key(KEY)
        .parameters("log=info" + (mode == 0 ? "&tls=0&insecure=1" : "&tls=1"));
  }

  @ParameterizedTest
  @EnumSource
  void liveUserKeepsFourFifthsOfTheThroughput(Flood flood) throws Exception {
    Tunnel tunnel = plan().start(stage);
    keepsFourFifths(tunnel, flood.name(), tunnel.data(), flood.from, flood.words());
  }

  /** Who comes to the one port of the session dialect, and what they say. */
  enum SessionFlood {
    SILENT(1, CLIENT, ""),
    HALF_A_LINE(1, CLIENT, "//hel"),
    NONSENSE(1, ELSEWHERE, "SSH-2.0-x\r\n"),
    HELLO_WITHOUT_A_HANDSHAKE(1, CLIENT, "//hello?v=2\n"),
    HALF_A_CLIENT_HELLO(1, CLIENT, null),
    HANDSHAKES(1, ELSEWHERE, null),
    HANDSHAKES_FROM_THE_CLIENT(1, CLIENT, null),
    OPENINGS_WITHOUT_A_PROOF(0, CLIENT, "//hello?v=2\n"),
    WRONG_TOKENS(0, CLIENT, DATA_LINE);

    private final int mode;
    private final String from;
    private final String text;

    SessionFlood(int mode, String from, String text) {
      this.mode = mode;
      this.from = from;
      this.text = text;
    }

    byte[] words() throws Exception {
      if (text != null) {
        return text.getBytes(StandardCharsets.US_ASCII);
      }
      byte[] hello = Strangers.clientHello(SSLContext.getDefault());
      return this == HALF_A_CLIENT_HELLO ? Arrays.copyOf(hello, hello.length / 2) : hello;
    }
  }

  @ParameterizedTest
  @EnumSource
  void liveUserOfASessionKeepsFourFifthsOfTheThroughput(SessionFlood flood) throws Exception {
    Tunnel tunnel = sessions(flood.mode).start(stage);
    keepsFourFifths(tunnel, flood.name(), tunnel.control(), flood.from, flood.words());
    assertEquals(1, tunnel.server().linesWith("client connected: "), "the client was lost");
  }

  /**
   * Not of those who begin so many handshakes from the client's own address: they take the places
   * that its data connections need, of which an address has sixteen.
   */
  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {"HALF_A_CLIENT_HELLO", "HANDSHAKES_FROM_THE_CLIENT"})
  void aClientGetsASessionDuringAFlood(SessionFlood flood) throws Exception {
    Tunnel tunnel = sessions(flood.mode).prepare(stage);
    tunnel.startServer();
    try (Strangers strangers =
        Strangers.start(tunnel.control(), flood.from, flood.words(), MORE_PER_SECOND)) {
      Await.until(() -> "no flood", PATIENCE, () -> strangers.came() > 2_000);
      long began = System.nanoTime();
      tunnel.startClient();
      tunnel.awaitConnected();
      Duration in = Duration.ofNanos(System.nanoTime() - began);
      System.out.println(flood + ": a client got in after " + in + ", " + strangers.came());
      assertTrue(in.compareTo(UNTIL_IN_A_SESSION) < 0, () -> "only after " + in);
      tunnel.users(PATIENCE).inARow(20, 1_000);
    }
  }

  private static void keepsFourFifths(
      Tunnel tunnel, String flood, InetSocketAddress port, String from, byte[] words)
      throws Exception {
    BulkUser live = BulkUser.start(tunnel.ingress(), 1, PATIENCE);
    window(tunnel, live, WARM_UP);
    List<Window> quiet = new ArrayList<>();
    List<Window> flooded = new ArrayList<>();
    double[] kept = new double[FLOODS];
    int came = 0;
    quiet.add(window(tunnel, live, WINDOW));
    for (int i = 0; i < FLOODS; i++) {
      try (Strangers strangers = Strangers.start(port, from, words, PER_SECOND)) {
        flooded.add(window(tunnel, live, WINDOW));
        came += strangers.came();
      }
      quiet.add(window(tunnel, live, WINDOW));
      kept[i] = 2 * flooded.get(i).rate() / (quiet.get(i).rate() + quiet.get(i + 1).rate());
    }
    live.finish();
    double median = median(kept);
    String figures =
        "kept %.2f; MB/s quiet %s, flooded %s; %d strangers, server CPU %.2f ms each"
            .formatted(median, rates(quiet), rates(flooded), came, each(quiet, flooded, came));
    System.out.println(flood + ": " + figures);
    assertTrue(came >= FLOODS * 2_000, () -> "too few strangers came: " + figures);
    assertTrue(median >= LEAST_KEPT, figures);
  }

  @Test
  void aClientFromAfarGetsInDuringAFlood() throws Exception {
    Tunnel tunnel = plan().host(AFAR).prepare(stage);
    tunnel.startServer();
    stage.add(DistantPath.start(AFAR, tunnel.control(), ONE_WAY));
    stage.add(DistantPath.start(AFAR, tunnel.data(), ONE_WAY));
    for (int i = 0; i < GREETED_STRANGERS; i++) {
      Socket stranger = stage.add(new Socket());
      stranger.bind(new InetSocketAddress(ELSEWHERE, 0));
      stranger.connect(tunnel.control());
      stranger.setSoTimeout((int) PATIENCE.toMillis());
      assertTrue(i > 0 || stranger.getInputStream().read() == '/', "not greeted");
    }
    long greeted = System.nanoTime();
    try (Strangers strangers =
        Strangers.start(tunnel.data(), ELSEWHERE, new byte[0], MORE_PER_SECOND)) {
      Await.until(() -> "no flood", PATIENCE, () -> strangers.came() > MORE_PER_SECOND / 2);
      tunnel.startClient();
      tunnel.awaitConnected();
      Duration in = Duration.ofNanos(System.nanoTime() - greeted);
      System.out.println("a client from afar got in after " + in + ", " + strangers.came());
      assertTrue(in.compareTo(UNTIL_IN) < 0, () -> "only after " + in);
      tunnel.users(PATIENCE).roundTrip(1, 1_000);
    }
  }

  /**
   * What passed in one window.
   *
   * @param cpu of the server, nanoseconds
   */
  private record Window(long nanos, long bytes, long cpu) {
    /** MB/s. */
    double rate() {
      return bytes * 1e3 / nanos;
    }
  }

  /** What the live user gets back while some new ones come and are served. */
  private static Window window(Tunnel tunnel, BulkUser live, Duration length) throws Exception {
    long begin = System.nanoTime();
    long before = live.echoed();
    long cpu = tunnel.server().cpu().toNanos();
    for (int i = 1; i <= NEW_USERS; i++) {
      tunnel.users(PATIENCE).roundTrip(i, 1_000);
      LockSupport.parkNanos(begin + length.toNanos() * i / NEW_USERS - System.nanoTime());
    }
    return new Window(
        System.nanoTime() - begin, live.echoed() - before, tunnel.server().cpu().toNanos() - cpu);
  }

  /** What a stranger costs, milliseconds: the server's time beyond what the live bytes take. */
  private static double each(List<Window> quiet, List<Window> flooded, int came) {
    double perByte =
        (double) quiet.stream().mapToLong(Window::cpu).sum()
            / Math.max(1, quiet.stream().mapToLong(Window::bytes).sum());
    long bytes = flooded.stream().mapToLong(Window::bytes).sum();
    long cpu = flooded.stream().mapToLong(Window::cpu).sum();
    return (cpu - perByte * bytes) / 1e6 / Math.max(1, came);
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }

  private static List<Long> rates(List<Window> windows) {
    return windows.stream().map(window -> Math.round(window.rate())).toList();
  }
}
