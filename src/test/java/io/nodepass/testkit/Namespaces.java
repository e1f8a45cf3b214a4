package io.nodepass.testkit;

import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Networks of Linux that a test makes for itself, and cables between them. Nothing of it touches
 * the machine's own network, and all of it is gone afterwards. What runs inside must have ended
 * before: a namespace lives as long as its last process.
 */
public final class Namespaces implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofSeconds(20);

  private final String base = "npt" + Integer.toHexString(ThreadLocalRandom.current().nextInt());
  private final List<Namespace> made = new ArrayList<>();
  private final Thread remains = new Thread(this::remove, "namespaces");
  private int cables;

  private Namespaces() {
    Runtime.getRuntime().addShutdownHook(remains);
  }

  /** Skips the test, and says why, where there can be no namespaces. */
  public static Namespaces create() {
    requireRootAndIp();
    Namespaces namespaces = new Namespaces();
    try {
      namespaces.probe();
      return namespaces;
    } catch (RuntimeException | AssertionError e) {
      namespaces.close();
      throw e;
    }
  }

  private static void requireRootAndIp() {
    if (!System.getProperty("os.name").equals("Linux")) {
      abort("network namespaces are a thing of Linux: not tested here");
    }
    if (!System.getProperty("user.name").equals("root")) {
      abort("network namespaces need root: not tested here");
    }
    try {
      Namespace.ip();
    } catch (AssertionError e) {
      abort("network namespaces need iproute2's ip: not tested here");
    }
  }

  /** Root of a container may lack the right; anything else that goes wrong is a failure. */
  private void probe() {
    Namespace probe = new Namespace(base + "-probe");
    RealProgram.Result result = ip("netns", "add", probe.name());
    if (result.exit() == 0) {
      made.add(probe);
      result = run(probe.inside(List.of("true")));
    }
    if (result.exit() != 0 && lacksRight(result.err())) {
      abort("network namespaces are not allowed here, so not tested: " + result.err().strip());
    }
    require(result, "ip netns");
  }

  private static boolean lacksRight(String message) {
    return message.contains("not permitted") || message.contains("Permission denied");
  }

  /** A namespace with nothing but loopback. */
  public Namespace add(String role) {
    Namespace namespace = new Namespace(base + "-" + role);
    must("netns", "add", namespace.name());
    made.add(namespace);
    must("-n", namespace.name(), "link", "set", "lo", "up");
    return namespace;
  }

  /**
   * Lays a cable between two of them.
   *
   * @param one the address at one end, with the length of its network: 10.77.1.1/24
   * @param other the same at the other end
   */
  public void join(Namespace a, String one, Namespace b, String other) {
    String name = base + "v" + cables++;
    must(
        "link", "add", name, "netns", a.name(), "type", "veth", "peer", "name", name, "netns",
        b.name());
    for (Namespace end : List.of(a, b)) {
      must("-n", end.name(), "addr", "add", end.equals(a) ? one : other, "dev", name);
      must("-n", end.name(), "link", "set", name, "up");
    }
  }

  /** Sends all that is not nearby over this neighbour. */
  public void route(Namespace from, String neighbour) {
    must("-n", from.name(), "route", "add", "default", "via", neighbour);
  }

  /** Makes sure that it hands on no packet from one of its cables to another. */
  public void forwardNothing(Namespace at) {
    String off = "echo 0 > /proc/sys/net/ipv4/ip_forward && cat /proc/sys/net/ipv4/ip_forward";
    RealProgram.Result result = run(at.inside(List.of("sh", "-c", off)));
    require(result, off);
    if (!result.out().strip().equals("0")) {
      throw new AssertionError(at + " still forwards: " + result.out());
    }
  }

  private void must(String... arguments) {
    require(ip(arguments), "ip " + String.join(" ", arguments));
  }

  private static RealProgram.Result ip(String... arguments) {
    List<String> command = new ArrayList<>(List.of(Namespace.ip()));
    command.addAll(List.of(arguments));
    return run(command);
  }

  static RealProgram.Result run(List<String> command) {
    try {
      return RealProgram.run(LIMIT, command);
    } catch (IOException e) {
      throw new UncheckedIOException("could not run " + command, e);
    }
  }

  static void require(RealProgram.Result result, String what) {
    if (result.exit() != 0) {
      throw new AssertionError(what + " failed with " + result.exit() + ": " + result.err());
    }
  }

  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(remains);
    } catch (IllegalStateException e) {
      // The JVM is ending: the hook does it.
      return;
    }
    remove();
  }

  private void remove() {
    for (Namespace namespace : made) {
      delete(namespace);
    }
    made.clear();
  }

  /** Takes one away if it is there. */
  static void delete(Namespace namespace) {
    if (Files.exists(Path.of("/run/netns", namespace.name()))) {
      require(ip("netns", "del", namespace.name()), "removing " + namespace);
    }
  }
}
