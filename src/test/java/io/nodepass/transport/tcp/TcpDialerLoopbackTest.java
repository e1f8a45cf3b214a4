package io.nodepass.transport.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.nodepass.testkit.LeakExtension;
import io.nodepass.testkit.LoopbackPair;
import io.nodepass.testkit.ManualClock;
import io.nodepass.testkit.TestLoop;
import io.nodepass.transport.Dialer;
import io.nodepass.transport.Flow;
import io.nodepass.transport.Resolver;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LeakExtension.class)
class TcpDialerLoopbackTest {
  private static final long LONG = Duration.ofMinutes(5).toNanos();

  private final ManualClock clock = new ManualClock();
  private final TestLoop loop = TestLoop.start(clock);
  private final CompletableFuture<Flow> outcome = new CompletableFuture<>();
  private final List<SocketChannel> queued = new ArrayList<>();
  private InetAddress[] known = {};
  private final Resolver resolver = new Resolver(this::look);
  private ServerSocket server;

  private InetAddress[] look(String host) throws UnknownHostException {
    if (host.equals("service.test")) {
      return known;
    }
    throw new UnknownHostException(host);
  }

  @BeforeEach
  void listen() throws IOException {
    server = new ServerSocket(0, 50, ip(127, 0, 0, 1));
  }

  @AfterEach
  void close() throws Exception {
    resolver.close();
    server.close();
    for (SocketChannel channel : queued) {
      channel.close();
    }
    if (outcome.isDone() && !outcome.isCompletedExceptionally()) {
      loop.run(() -> outcome.join().abort(null));
    }
  }

  private Dialer.Dial dial(InetSocketAddress address, long timeout) throws Exception {
    return loop.call(
        () ->
            new TcpDialer(resolver)
                .dial(loop.loop(), address, timeout, LoopbackPair.completing(outcome)));
  }

  private Dialer.Dial dialService(InetAddress... addresses) throws Exception {
    known = addresses;
    return dial(InetSocketAddress.createUnresolved("service.test", server.getLocalPort()), LONG);
  }

  private static InetAddress ip(int... parts) {
    byte[] bytes = new byte[parts.length];
    for (int i = 0; i < parts.length; i++) {
      bytes[i] = (byte) parts[i];
    }
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private Flow connected() throws Exception {
    loop.until("the outcome", outcome::isDone);
    return outcome.join();
  }

  private String failure() throws Exception {
    loop.until("the outcome", outcome::isDone);
    assertTrue(outcome.isCompletedExceptionally(), "it connected");
    return outcome.handle((flow, cause) -> cause.getMessage()).join();
  }

  @Test
  void anAddressIsDialledAsItIs() throws Exception {
    dial((InetSocketAddress) server.getLocalSocketAddress(), LONG);
    Flow flow = connected();
    assertEquals(server.getLocalSocketAddress(), flow.remote());
    assertEquals(0, flow.interest());
    server.accept().close();
  }

  @Test
  void anAddressThatWasNotResolvedYetNeedsNoLookUp() throws Exception {
    dial(InetSocketAddress.createUnresolved("127.0.0.1", server.getLocalPort()), LONG);
    assertEquals(server.getLocalSocketAddress(), connected().remote());
  }

  @Test
  void anEmptyHostIsThisMachine() throws Exception {
    dial(InetSocketAddress.createUnresolved("", server.getLocalPort()), LONG);
    assertEquals(server.getLocalSocketAddress(), connected().remote());
  }

  @Test
  void ipv6WorksWhereTheMachineHasIt() throws Exception {
    InetAddress loopback = ip(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);
    ServerSocket six;
    try {
      six = new ServerSocket(0, 50, loopback);
    } catch (IOException e) {
      six = null;
    }
    assumeTrue(six != null, "no IPv6 loopback");
    try (ServerSocket open = six) {
      dial(InetSocketAddress.createUnresolved("::1", open.getLocalPort()), LONG);
      assertEquals(open.getLocalSocketAddress(), connected().remote());
    }
  }

  @Test
  void aRefusalNamesTheAddressAndTheReason() throws Exception {
    InetSocketAddress address = (InetSocketAddress) server.getLocalSocketAddress();
    server.close();
    dial(address, LONG);
    String message = failure();
    assertEquals("dial 127.0.0.1:" + address.getPort() + ": Connection refused", message);
  }

  @Test
  void aNameThatCannotBeFoundIsNamed() throws Exception {
    dial(InetSocketAddress.createUnresolved("nowhere.test", 1), LONG);
    assertEquals("look-up of nowhere.test: name not found", failure());
  }

  @Test
  void aNameWithoutAddressesFails() throws Exception {
    dialService();
    assertEquals("dial service.test:" + server.getLocalPort() + ": no address", failure());
  }

  @Test
  void whatOnlyLooksLikeAnAddressIsANameAndKeepsTheLoopFree() throws Exception {
    dial(InetSocketAddress.createUnresolved("300.1.1.1", 1), LONG);
    assertEquals("look-up of 300.1.1.1: name not found", failure());
  }

  @Test
  void whatIsNoAddressInSpiteOfItsColonFails() throws Exception {
    dial(InetSocketAddress.createUnresolved("1:2:3", 1), LONG);
    assertTrue(failure().endsWith("not an address"));
  }

  @Test
  void whenTheFirstAddressRefusesTheNextIsTriedAtOnce() throws Exception {
    dialService(ip(127, 0, 0, 77), ip(127, 0, 0, 78), ip(127, 0, 0, 1));
    assertEquals(server.getLocalSocketAddress(), connected().remote());
  }

  @Test
  void whenAllRefuseTheDialFailsOnce() throws Exception {
    dialService(ip(127, 0, 0, 77), ip(127, 0, 0, 78));
    assertTrue(failure().endsWith("Connection refused"));
    loop.turns();
    loop.advance(clock, Duration.ofHours(1));
  }

  @Test
  void aSilentAddressIsOvertakenAfterAQuarterOfASecond() throws Exception {
    try (ServerSocket silent = silentListener()) {
      dialService(silent.getInetAddress(), ip(127, 0, 0, 1));
      loop.until("the first attempt has begun", () -> loop.loop().channels() == 1);
      loop.advance(clock, Duration.ofMillis(200));
      assertFalse(outcome.isDone());
      loop.advance(clock, Duration.ofMillis(60));
      assertEquals(server.getLocalSocketAddress(), connected().remote());
    }
  }

  @Test
  void aDialThatTakesTooLongFailsAndLeavesNothingOpen() throws Exception {
    try (ServerSocket silent = silentListener()) {
      dial((InetSocketAddress) silent.getLocalSocketAddress(), Duration.ofSeconds(3).toNanos());
      loop.advance(clock, Duration.ofMillis(2_900));
      assertFalse(outcome.isDone());
      loop.advance(clock, Duration.ofMillis(200));
      assertTrue(failure().endsWith(": timed out"));
      loop.until("nothing is registered", () -> loop.loop().channels() == 0);
    }
  }

  @Test
  void aCancelledDialCallsNobodyBackAndLeavesNothingOpen() throws Exception {
    try (ServerSocket silent = silentListener()) {
      Dialer.Dial dial = dialService(silent.getInetAddress(), ip(127, 0, 0, 1));
      loop.until("it has begun", () -> loop.loop().channels() == 1);
      loop.run(dial::cancel);
      loop.advance(clock, Duration.ofHours(1));
      loop.until("nothing is registered", () -> loop.loop().channels() == 0);
      assertFalse(outcome.isDone());
      loop.run(dial::cancel);
    }
  }

  @Test
  void aDialCancelledDuringItsLookUpTriesNothing() throws Exception {
    loop.run(
        () -> {
          known = new InetAddress[] {ip(127, 0, 0, 1)};
          new TcpDialer(resolver)
              .dial(
                  loop.loop(),
                  InetSocketAddress.createUnresolved("service.test", server.getLocalPort()),
                  LONG,
                  LoopbackPair.completing(outcome))
              .cancel();
        });
    resolver.close();
    loop.turns();
    assertFalse(outcome.isDone());
  }

  /**
   * A dial of a port of the ephemeral range can get that very port as its own; TCP then connects it
   * to itself. Which one it gets is the system's pick, so this takes many dials.
   */
  @Test
  void aConnectionToItselfIsARefusal() throws Exception {
    EphemeralPorts ports = EphemeralPorts.ofThisMachine();
    assumeTrue(ports != null, "the ephemeral range is not known");
    long end = System.nanoTime() + Duration.ofSeconds(3).toNanos();
    for (int round = 0; round < 40 && System.nanoTime() - end < 0; round++) {
      InetSocketAddress address =
          new InetSocketAddress(ip(127, 0, 0, 1), ports.soonToBeGivenToItself());
      List<CompletableFuture<Flow>> outcomes = new ArrayList<>();
      loop.run(
          () -> {
            for (int i = 0; i < EphemeralPorts.SOON; i++) {
              CompletableFuture<Flow> one = new CompletableFuture<>();
              outcomes.add(one);
              new TcpDialer(resolver)
                  .dial(loop.loop(), address, LONG, LoopbackPair.completing(one));
            }
          });
      for (CompletableFuture<Flow> one : outcomes) {
        loop.until("the outcome", one::isDone);
        assertTrue(one.isCompletedExceptionally(), "connected to itself");
      }
    }
  }

  @Test
  void theFamiliesTakeTurns() {
    InetAddress a = ip(10, 0, 0, 1);
    InetAddress b = ip(10, 0, 0, 2);
    InetAddress c = ip(10, 0, 0, 3);
    InetAddress x = ip(0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);
    InetAddress y = ip(0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2);
    assertTrue(x instanceof Inet6Address);
    assertEquals(List.of(a, x, b, y, c), alternate(a, b, c, x, y));
    assertEquals(List.of(x, a, y, b), alternate(x, y, a, b));
    assertEquals(List.of(a), alternate(a));
    assertEquals(List.of(), alternate());
  }

  private static List<InetAddress> alternate(InetAddress... addresses) {
    return TcpDial.alternate(Arrays.copyOf(addresses, addresses.length));
  }

  /**
   * A listener on the server's port of another loopback address whose accept queue is full, so that
   * the kernel drops what else comes; where it does not, the test has nothing to say.
   */
  private ServerSocket silentListener() throws Exception {
    ServerSocket silent = new ServerSocket(server.getLocalPort(), 1, ip(127, 0, 0, 79));
    boolean full = false;
    for (int i = 0; i < 20 && !full; i++) {
      SocketChannel channel = SocketChannel.open();
      queued.add(channel);
      channel.configureBlocking(false);
      full = !channel.connect(silent.getLocalSocketAddress()) && !settles(channel);
    }
    if (!full) {
      silent.close();
    }
    assumeTrue(full, "the kernel accepts more than the backlog");
    return silent;
  }

  /** Whether the connect comes to anything within a while that is long for a loopback. */
  private static boolean settles(SocketChannel channel) throws IOException {
    long end = System.nanoTime() + Duration.ofMillis(100).toNanos();
    while (System.nanoTime() - end < 0) {
      if (channel.finishConnect()) {
        return true;
      }
      Thread.onSpinWait();
    }
    return false;
  }
}
