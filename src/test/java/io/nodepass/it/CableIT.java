package io.nodepass.it;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.nodepass.testkit.Await;
import io.nodepass.testkit.Cable;
import io.nodepass.testkit.ClassProgram;
import io.nodepass.testkit.EchoServer;
import io.nodepass.testkit.Namespace;
import io.nodepass.testkit.NodePassProcess;
import io.nodepass.testkit.RetryingUser;
import io.nodepass.testkit.Stage;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * A cable between server and client that is cut, so that every packet vanishes and no end is told,
 * and mended, again and again, while users ask all the time.
 */
@Tag("slow")
@Timeout(600)
class CableIT {
  private static final int TUNNEL_PORT = 10101;
  private static final int INGRESS_PORT = 8080;
  private static final int ECHO_PORT = 7;
  private static final int CUTS = 20;
  private static final int LANES = 4;
  private static final int WARM = 200;

  private static final int SHORTEST_MILLIS = 1_000;
  private static final int LONGEST_MILLIS = 12_000;

  private static final Duration BEAT = Duration.ofMillis(500);

  /** Three intervals, and what a busy machine takes to run the timer and to write the line. */
  private static final Duration NOTICED = BEAT.multipliedBy(3).plusMillis(1_000);

  private static final Duration START = Duration.ofSeconds(20);

  /** A connection attempt whose last try just missed the mending is repeated after 8 s at most. */
  private static final Duration RECOVERED = Duration.ofSeconds(20);

  /**
   * A flow that was idle at one end when the other end was told nothing is found by keep-alive
   * probes, which begin after 45 s.
   */
  private static final Duration SETTLED = Duration.ofSeconds(110);

  private static final Duration IDLE_THREADS_END = Duration.ofSeconds(12);

  @RegisterExtension final Stage stage = new Stage();

  @TempDir Path directory;

  private final PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
  private Cable cable;
  private NodePassProcess server;
  private NodePassProcess client;
  private ClassProgram users;

  /**
   * What one end has that could be left over.
   *
   * @param objects by class, those that a session, a connection or a user brings
   */
  private record Held(int descriptors, int threads, Map<String, Integer> objects) {
    private static final int SLACK = 4;
    private static final List<String> BRINGING =
        List.of("io.nodepass.tunnel.", "io.nodepass.transport.", "io.nodepass.relay.");

    /** Looks into the heap first: that brings a thread, which then stays. */
    static Held by(NodePassProcess end) {
      Map<String, Integer> objects = end.instances();
      objects.keySet().removeIf(type -> BRINGING.stream().noneMatch(type::startsWith));
      return new Held(end.descriptors(), end.threads(), objects);
    }

    String brief() {
      int sum = objects.values().stream().mapToInt(Integer::intValue).sum();
      return descriptors + " descriptors, " + threads + " threads, " + sum + " objects";
    }

    /** What of it is more than before; an object or so of a class may always be under way. */
    List<String> moreThan(Held before) {
      List<String> more = new ArrayList<>();
      if (descriptors > before.descriptors) {
        more.add("descriptors: " + before.descriptors + " → " + descriptors);
      }
      if (threads > before.threads) {
        more.add("threads: " + before.threads + " → " + threads);
      }
      objects.forEach(
          (name, count) -> {
            int then = before.objects.getOrDefault(name, 0);
            if (count > then + SLACK) {
              more.add(name + ": " + then + " → " + count);
            }
          });
      return more;
    }
  }

  @Test
  void cableThatIsCutAndMendedTwentyTimesLeavesNothingBehind() throws IOException {
    long seed = System.nanoTime();
    out.println("cable seed " + seed);
    SplittableRandom random = new SplittableRandom(seed);
    start();
    warmUp();
    Held serverBefore = settled(server);
    Held clientBefore = settled(client);
    users = startUsers();
    awaitEveryLane(0);
    List<Long> noticed = new ArrayList<>();
    List<Long> recoveries = new ArrayList<>();
    for (int cut = 1; cut <= CUTS; cut++) {
      long length = random.nextInt(SHORTEST_MILLIS, LONGEST_MILLIS + 1);
      recoveries.add(cutAndMend(length, noticed));
      out.printf("cut %d: %d ms, recovered in %d ms%n", cut, length, recoveries.get(cut - 1));
    }
    users.close();
    out.println("noticed " + figures(noticed) + "; recovered " + figures(recoveries));
    assertEquals(0, users.linesWith("WRONG"), users::tail);
    out.println("before, server: " + serverBefore.brief() + "; client: " + clientBefore.brief());
    returnsTo(serverBefore, server);
    returnsTo(clientBefore, client);
    out.println(
        "after, server: " + Held.by(server).brief() + "; client: " + Held.by(client).brief());
  }

  /**
   * The pool has one size, and no JVM thread comes or goes by itself: so counts can be compared.
   */
  private void start() throws IOException {
    cable = stage.add(Cable.lay(directory, Duration.ofMillis(5), Duration.ofMinutes(12)));
    stage
        .add(ClassProgram.start(cable.b(), EchoServer.class, Integer.toString(ECHO_PORT)))
        .awaitLine(0, "echoing on ", START);
    String common = "?log=debug&min=8&max=8";
    server =
        startEnd(
            cable.a(),
            "server",
            "server://:" + TUNNEL_PORT + "/:" + INGRESS_PORT + common + "&tls=1");
    server.awaitLine("server ready: ", START);
    String tunnel = Cable.A + ":" + TUNNEL_PORT;
    client =
        startEnd(cable.b(), "client", "client://" + tunnel + "/127.0.0.1:" + ECHO_PORT + common);
    client.awaitLine("client ready: ", START);
    server.awaitLine("client connected: ", START);
  }

  private NodePassProcess startEnd(Namespace place, String role, String url) {
    return stage.add(
        NodePassProcess.launch()
            .in(place)
            .jvm("-XX:+UseSerialGC", "-XX:-UseDynamicNumberOfCompilerThreads")
            .env("REPORT_INTERVAL", "500ms")
            .env("SERVICE_COOLDOWN", "500ms")
            .start(role, url));
  }

  private ClassProgram startUsers() {
    return stage.add(
        ClassProgram.start(
            cable.a(),
            RetryingUser.class,
            "127.0.0.1",
            Integer.toString(INGRESS_PORT),
            Integer.toString(LANES),
            "1500"));
  }

  /** Every class is loaded and every thread that use brings has come. */
  private void warmUp() {
    users = startUsers();
    Await.until(users::tail, START, () -> users.linesWith("served ") > WARM);
    users.close();
  }

  private long cutAndMend(long lengthMillis, List<Long> noticed) {
    int serverMark = server.mark();
    int clientMark = client.mark();
    long begun = System.nanoTime();
    cable.cut();
    if (lengthMillis > NOTICED.toMillis()) {
      for (int end = 0; end < 2; end++) {
        long left = begun + NOTICED.toNanos() - System.nanoTime();
        NodePassProcess process = end == 0 ? server : client;
        process.awaitLine(
            end == 0 ? serverMark : clientMark, "no sign of life", Duration.ofNanos(left));
        noticed.add(millisSince(begun));
      }
    }
    LockSupport.parkNanos(begun + lengthMillis * 1_000_000 - System.nanoTime());
    int mark = users.mark();
    long mended = System.nanoTime();
    cable.mend();
    users.awaitLine(mark, "served ", RECOVERED);
    long recovery = millisSince(mended);
    awaitEveryLane(users.mark());
    return recovery;
  }

  private void awaitEveryLane(int mark) {
    for (int lane = 0; lane < LANES; lane++) {
      users.awaitLine(mark, "served " + lane, RECOVERED);
    }
  }

  /** What an end holds when the last users have gone and nothing changes any more. */
  private static Held settled(NodePassProcess end) {
    end.instances();
    int[] last = {0, 0};
    long[] since = {System.nanoTime()};
    Await.until(
        () -> "it settles; it has " + last[0] + " descriptors and " + last[1] + " threads",
        SETTLED,
        () -> {
          if (end.descriptors() != last[0] || end.threads() != last[1]) {
            last[0] = end.descriptors();
            last[1] = end.threads();
            since[0] = System.nanoTime();
          }
          return System.nanoTime() - since[0] > IDLE_THREADS_END.toNanos();
        });
    return Held.by(end);
  }

  private static void returnsTo(Held before, NodePassProcess end) {
    Await.until(
        () ->
            ("as few descriptors and threads as before; before %s, now %d descriptors, %d threads"
                    + "%n%s")
                .formatted(before.brief(), end.descriptors(), end.threads(), end.tail()),
        SETTLED,
        () -> end.descriptors() <= before.descriptors && end.threads() <= before.threads);
    Await.until(
        () -> "nothing is left over: " + Held.by(end).moreThan(before) + "\n" + end.tail(),
        SETTLED,
        () -> Held.by(end).moreThan(before).isEmpty());
  }

  private static String figures(List<Long> millis) {
    List<Long> sorted = millis.stream().sorted().toList();
    if (sorted.isEmpty()) {
      return "never";
    }
    return "%d times, median %d ms, most %d ms"
        .formatted(sorted.size(), sorted.get(sorted.size() / 2), sorted.get(sorted.size() - 1));
  }

  private static long millisSince(long nanos) {
    return (System.nanoTime() - nanos) / 1_000_000;
  }
}
