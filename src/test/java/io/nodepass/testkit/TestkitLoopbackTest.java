package io.nodepass.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The tools that judge a tunnel are judged first, on plain sockets. */
@Timeout(30)
class TestkitLoopbackTest {
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  @Test
  void echoKeepsAHalfClosedConnectionToItsLastByte() throws IOException {
    try (EchoServer echo = EchoServer.start()) {
      Users users = Users.of(echo.address(), PATIENCE);
      users.together(50, 30_000);
      users.inARow(20, 30_000);
      assertEquals(70, echo.accepted());
      assertEquals(70 * 30_000, echo.bytes());
      assertEquals(0, echo.active());
      assertEquals(0, echo.broken());
      assertTrue(echo.peak() >= 50, "fifty were open at once");
    }
  }

  @Test
  void usersSeeAConnectionThatEndsTooSoon() throws IOException {
    try (EchoServer echo = EchoServer.start();
        CuttingProxy proxy = CuttingProxy.to(echo.address())) {
      proxy.cut(false, 7);
      Users users = Users.of(proxy.address(), PATIENCE);
      AssertionError error = assertThrows(AssertionError.class, () -> users.roundTrip(1, 1_000));
      assertEquals("seed 1: the stream ended after 7 of 1000 bytes", error.getMessage());
      users.roundTrip(2, 1_000);
      assertEquals(1, proxy.cuts());
      assertEquals(2, proxy.accepted());
    }
  }

  @Test
  void proxyCutsByResetWhenItIsToldSo() throws IOException {
    try (EchoServer echo = EchoServer.start();
        CuttingProxy proxy = CuttingProxy.to(echo.address());
        Socket user = Users.connect(proxy.address(), PATIENCE)) {
      SocketPair.say("before", user, user);
      proxy.cut(true, 0);
      user.getOutputStream().write('x');
      SocketPair.expectReset(user);
    }
  }

  @Test
  void endAndResetAreToldApart() throws IOException {
    try (ServerSocket target = SocketPair.target();
        SocketPair ended =
            SocketPair.open(Ports.loopback(target.getLocalPort()), target, PATIENCE);
        SocketPair reset =
            SocketPair.open(Ports.loopback(target.getLocalPort()), target, PATIENCE)) {
      ended.user().close();
      assertThrows(AssertionError.class, () -> SocketPair.expectReset(ended.service()));
      SocketPair.reset(reset.user());
      assertThrows(IOException.class, () -> SocketPair.expectEnd(reset.service()));
    }
  }

  @Test
  void missingProgramFailsWithTheNameOfItsPackage() {
    AssertionError error =
        assertThrows(
            AssertionError.class, () -> RealProgram.find("no-such-program", "the-package"));
    assertEquals(
        "no-such-program is not installed; these tests need the package the-package",
        error.getMessage());
  }

  @Test
  void waitingGivesUpWithTheReason() {
    AssertionError error =
        assertThrows(
            AssertionError.class,
            () -> Await.until("pigs fly", Duration.ofMillis(20), () -> false));
    assertEquals("not within 20 ms: pigs fly", error.getMessage());
    assertThrows(
        AssertionError.class, () -> Await.never("pigs fly", Duration.ofMillis(20), () -> true));
  }
}
