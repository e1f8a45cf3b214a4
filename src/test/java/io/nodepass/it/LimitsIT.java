package io.nodepass.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nodepass.testkit.Await;
import io.nodepass.testkit.EchoServer;
import io.nodepass.testkit.NodePassProcess;
import io.nodepass.testkit.Patterns;
import io.nodepass.testkit.Ports;
import io.nodepass.testkit.SocketPair;
import io.nodepass.testkit.Stage;
import io.nodepass.testkit.Tunnel;
import io.nodepass.testkit.Users;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Memory, descriptors and the number of users are bounded, and being at a bound breaks nothing. */
@Timeout(120)
class LimitsIT {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final int SOME = 10_000;
  private static final int PUSHED = 200_000_000;

  /** Far below the heaps these processes are given, so that hoarding shows as growth. */
  private static final long MEMORY_TO_SPARE = 64 * 1024 * 1024;

  @RegisterExtension final Stage stage = new Stage();

  @Test
  void serverSurvivesItsDescriptorLimit() throws IOException {
    EchoServer echo = stage.add(EchoServer.start());
    survives(plan(echo).server(launch -> launch.descriptors(120)).start(stage));
  }

  @Test
  void clientSurvivesItsDescriptorLimit() throws IOException {
    EchoServer echo = stage.add(EchoServer.start());
    survives(plan(echo).client(launch -> launch.descriptors(120)).start(stage));
  }

  /**
   * Users who come and go in quick succession have the client keep more and more connections ready;
   * these must not take the descriptors that the next users need.
   */
  @Test
  @Tag("slow")
  void serverWithTheUsualPoolSurvivesItsDescriptorLimit() throws IOException {
    EchoServer echo = stage.add(EchoServer.start());
    Tunnel tunnel =
        Tunnel.to(echo.address())
            .env("SERVICE_COOLDOWN", "200ms")
            .server(launch -> launch.descriptors(120))
            .start(stage);
    for (int i = 0; i < 300; i++) {
      try (Socket user = new Socket()) {
        user.connect(tunnel.ingress(), 5_000);
        sendOne(user);
      }
    }
    leave(tunnel, List.of());
  }

  @Test
  void crowdThatFillsTheServerBeforeItsClientComesIsServedWhenItDoes() throws IOException {
    EchoServer echo = stage.add(EchoServer.start());
    Tunnel tunnel =
        Tunnel.to(echo.address())
            .env("SERVICE_COOLDOWN", "200ms")
            .server(launch -> launch.descriptors(120))
            .prepare(stage);
    tunnel.startServer();
    List<Socket> users = crowd(tunnel, 300);
    tunnel.startClient();
    Await.until(
        "one of those who came first is served",
        PATIENCE,
        () -> users.stream().anyMatch(LimitsIT::isAnswered));
    leave(tunnel, users);
  }

  /** They are more than it may have descriptors, and no network has more of them than it may. */
  @Test
  void strangersWhoTakeTheLastDescriptorsTakeNoneFromUsers() throws IOException {
    EchoServer echo = stage.add(EchoServer.start());
    Tunnel tunnel =
        plan(echo).key("a-key-of-both").server(launch -> launch.descriptors(200)).start(stage);
    for (int i = 0; i < 400; i++) {
      Socket stranger = stage.add(new Socket());
      stranger.bind(new InetSocketAddress("127.0.0." + (2 + i % 4), 0));
      stranger.connect(tunnel.control(), 5_000);
    }
    tunnel.server().awaitLine("failed, resting", PATIENCE);
    tunnel.users(PATIENCE).inARow(50, SOME);
    tunnel.users(PATIENCE).together(10, SOME);
    assertEquals(0, tunnel.client().linesWith("control channel lost"));
    assertEquals(0, tunnel.server().linesWith("no descriptor is left"));
  }

  private static boolean isAnswered(Socket user) {
    try {
      return user.getInputStream().available() > 0;
    } catch (IOException e) {
      return false; // turned away
    }
  }

  private static Tunnel.Plan plan(EchoServer echo) {
    return Tunnel.to(echo.address())
        .env("SERVICE_COOLDOWN", "200ms")
        .env("MIN_POOL_CAPACITY", 8)
        .env("MAX_POOL_CAPACITY", 16);
  }

  private void survives(Tunnel tunnel) throws IOException {
    leave(tunnel, crowd(tunnel, 200));
  }

  private List<Socket> crowd(Tunnel tunnel, int count) throws IOException {
    List<Socket> users = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Socket user = stage.add(new Socket());
      user.connect(tunnel.ingress(), 5_000);
      users.add(user);
      sendOne(user);
    }
    return users;
  }

  /** All leave at once, and the tunnel recovers. */
  private static void leave(Tunnel tunnel, List<Socket> users) throws IOException {
    assertTrue(tunnel.server().isAlive() && tunnel.client().isAlive());
    for (Socket user : users) {
      user.close();
    }
    Await.until(
        "users are served again after the crowd has gone",
        PATIENCE,
        () -> {
          try {
            tunnel.users(Duration.ofSeconds(4)).roundTrip(1, SOME);
            return true;
          } catch (IOException | AssertionError e) {
            return false;
          }
        });
    tunnel.users(PATIENCE).inARow(50, SOME);
    assertTrue(tunnel.server().isAlive() && tunnel.client().isAlive());
  }

  private static void sendOne(Socket user) {
    try {
      user.getOutputStream().write('x');
    } catch (IOException e) {
      // One that was turned away: so be it.
    }
  }

  @Test
  void serviceThatStopsReadingStopsTheUserAndFillsNoMemory() throws IOException {
    ServerSocket target = stage.add(SocketPair.target());
    Tunnel tunnel = Tunnel.to(target).jvm("-Xmx512m").start(stage);
    SocketPair pair = stage.add(SocketPair.open(tunnel.ingress(), target, PATIENCE));
    stallAndResume(tunnel, pair.user(), pair.service());
  }

  @Test
  void userWhoStopsReadingStopsTheServiceAndFillsNoMemory() throws IOException {
    ServerSocket target = stage.add(SocketPair.target());
    Tunnel tunnel = Tunnel.to(target).jvm("-Xmx512m").start(stage);
    SocketPair pair = stage.add(SocketPair.open(tunnel.ingress(), target, PATIENCE));
    stallAndResume(tunnel, pair.service(), pair.user());
  }

  private static void stallAndResume(Tunnel tunnel, Socket from, Socket to) throws IOException {
    SocketPair.say("hello", from, to);
    long serverBefore = tunnel.server().residentBytes();
    long clientBefore = tunnel.client().residentBytes();
    AtomicLong sent = new AtomicLong();
    Thread pusher = new Thread(() -> push(from, sent), "pusher");
    pusher.setDaemon(true);
    pusher.start();
    awaitStall(sent);
    assertTrue(sent.get() < PUSHED / 2, () -> sent.get() + " bytes went nowhere");
    expectSpared("server", tunnel.server(), serverBefore);
    expectSpared("client", tunnel.client(), clientBefore);
    new Patterns.Checker(1).readAll(to.getInputStream(), PUSHED);
    assertEquals(PUSHED, sent.get());
    expectSpared("server", tunnel.server(), serverBefore);
    expectSpared("client", tunnel.client(), clientBefore);
  }

  private static void push(Socket socket, AtomicLong sent) {
    byte[] block = new byte[100_000];
    try {
      OutputStream out = socket.getOutputStream();
      for (int at = 0; at < PUSHED; at += block.length) {
        Patterns.fill(1, at, block, 0, block.length);
        out.write(block);
        sent.addAndGet(block.length);
      }
      socket.shutdownOutput();
    } catch (IOException e) {
      // The reader sees that something is missing.
    }
  }

  /** Returns when nothing was accepted for half a second. */
  private static void awaitStall(AtomicLong sent) {
    long[] last = {-1, System.nanoTime()};
    Await.until(
        () -> "the pusher stalls; it is at " + sent.get(),
        PATIENCE,
        () -> {
          if (sent.get() != last[0]) {
            last[0] = sent.get();
            last[1] = System.nanoTime();
          }
          return System.nanoTime() - last[1] > 500_000_000;
        });
  }

  private static void expectSpared(String name, NodePassProcess process, long before) {
    long grown = process.residentBytes() - before;
    assertTrue(grown < MEMORY_TO_SPARE, () -> name + " grew by " + grown + " bytes");
  }

  @Test
  void usersBeyondTheSemaphoreLimitQueue() throws Exception {
    EchoServer echo = stage.add(EchoServer.start());
    Tunnel tunnel =
        Tunnel.to(echo.address()).server(launch -> launch.env("SEMAPHORE_LIMIT", 4)).start(stage);
    List<Socket> first = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      Socket user = stage.add(Users.connect(tunnel.ingress(), PATIENCE));
      user.getOutputStream().write(i);
      assertEquals(i, user.getInputStream().read());
      first.add(user);
    }
    ExecutorService pool = Executors.newSingleThreadExecutor();
    try {
      Future<?> others = pool.submit(() -> tunnel.users(PATIENCE).crowd(8, SOME));
      Await.never(
          "a fifth user is served",
          Duration.ofMillis(500),
          () -> echo.accepted() > 4 || others.isDone());
      for (Socket user : first) {
        user.close();
      }
      others.get(40, TimeUnit.SECONDS);
    } finally {
      pool.shutdownNow();
    }
    assertEquals(12, echo.accepted());
    assertTrue(echo.peak() <= 4, () -> echo.peak() + " users at the same time");
  }

  @Test
  void twoTunnelsInOneProcessDoNotMix() throws IOException {
    EchoServer one = stage.add(EchoServer.start());
    EchoServer two = stage.add(EchoServer.start());
    InetSocketAddress oneIngress = Ports.loopback(Ports.free());
    InetSocketAddress twoIngress = Ports.loopback(Ports.free());
    int oneTunnel = Ports.free();
    int twoTunnel = Ports.free();
    NodePassProcess servers =
        stage.add(
            NodePassProcess.launch()
                .start(
                    "servers",
                    url("server", oneTunnel, oneIngress),
                    url("server", twoTunnel, twoIngress)));
    servers.awaitLine("server ready: tunnel 127.0.0.1:" + oneTunnel, PATIENCE);
    servers.awaitLine("server ready: tunnel 127.0.0.1:" + twoTunnel, PATIENCE);
    NodePassProcess clients =
        stage.add(
            NodePassProcess.launch()
                .start(
                    "clients",
                    url("client", oneTunnel, one.address()),
                    url("client", twoTunnel, two.address())));
    clients.awaitLine("client ready: tunnel 127.0.0.1:" + oneTunnel, PATIENCE);
    clients.awaitLine("client ready: tunnel 127.0.0.1:" + twoTunnel, PATIENCE);
    Users.of(oneIngress, PATIENCE).crowd(30, SOME);
    assertEquals(30, one.accepted());
    assertEquals(0, two.accepted());
    Users.of(twoIngress, PATIENCE).crowd(20, SOME);
    assertEquals(30, one.accepted());
    assertEquals(20, two.accepted());
  }

  private static String url(String role, int tunnel, InetSocketAddress target) {
    return role + "://127.0.0.1:" + tunnel + "/127.0.0.1:" + target.getPort() + "?log=debug";
  }
}
