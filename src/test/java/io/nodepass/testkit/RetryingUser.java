package io.nodepass.testkit;

import java.io.IOException;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * Somebody who wants an answer and asks again and again, whatever happens, in several lanes at
 * once. A program, because it stands in a namespace. It writes a line for each question: {@code
 * served LANE} or {@code failed LANE: why}; and {@code WRONG}, for which there is no excuse, when
 * other bytes came back than went.
 */
public final class RetryingUser {
  private static final int LENGTH = 3_000;
  private static final long PAUSE_NANOS = 100_000_000;

  private final InetSocketAddress ingress;
  private final Duration patience;
  private final PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);

  private RetryingUser(InetSocketAddress ingress, Duration patience) {
    this.ingress = ingress;
    this.patience = patience;
  }

  /** Arguments: the ingress's address and port, how many lanes, and the patience in ms. */
  public static void main(String[] arguments) {
    InetSocketAddress ingress = new InetSocketAddress(arguments[0], Integer.parseInt(arguments[1]));
    int lanes = Integer.parseInt(arguments[2]);
    RetryingUser user =
        new RetryingUser(ingress, Duration.ofMillis(Integer.parseInt(arguments[3])));
    for (int i = 0; i < lanes; i++) {
      int lane = i;
      new Thread(() -> user.ask(lane), "lane " + i).start();
    }
  }

  private void ask(int lane) {
    for (long seed = lane; ; seed += 1_000) {
      out.println(outcome(lane, seed));
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }

  private String outcome(int lane, long seed) {
    try (Socket socket = Users.connect(ingress, patience)) {
      socket.getOutputStream().write(Patterns.bytes(seed, LENGTH));
      socket.shutdownOutput();
      new Patterns.Checker(seed).readAll(socket.getInputStream(), LENGTH);
      return "served " + lane;
    } catch (IOException e) {
      return "failed " + lane + ": " + e.getMessage();
    } catch (AssertionError e) {
      return "WRONG " + lane + ": " + e.getMessage();
    }
  }
}
