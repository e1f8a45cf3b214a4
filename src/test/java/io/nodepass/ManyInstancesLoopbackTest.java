package io.nodepass;

import static io.nodepass.TunnelPair.SILENT;
import static io.nodepass.TunnelPair.THREADS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nodepass.testkit.Await;
import io.nodepass.testkit.EchoServer;
import io.nodepass.testkit.LeakExtension;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.Security;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.TimeZone;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Fifty instances in one JVM, ten with TLS: they do not meet, and nothing of them is left. */
@ExtendWith(LeakExtension.class)
class ManyInstancesLoopbackTest {
  private static final int PAIRS = 25;
  private static final int USERS = 4;
  private static final int BYTES = 300_000;
  private static final Duration SOON = Duration.ofSeconds(20);

  @Test
  void fiftyInstancesAreUsedAtOnceAndLeaveNothing() throws Exception {
    Map<String, String> before = changeable();
    long memory = directMemory();
    PrintStream out = System.out;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
    List<NodePass> handles = new ArrayList<>(); // they stay in reach, as a program's may
    try (EchoServer echo = EchoServer.start()) {
      try {
        List<NodePass> servers = startAll(handles, echo.address().getPort());
        useAll(servers);
        for (NodePass server : servers) {
          Await.until("all counted", SOON, () -> server.stats().ended() == USERS);
          assertEquals((long) USERS * BYTES, server.stats().bytesIn());
          assertEquals((long) USERS * BYTES, server.stats().bytesOut());
        }
      } finally {
        closeAll(handles);
      }
    } finally {
      System.setOut(out);
    }
    assertEquals("", printed.toString(StandardCharsets.UTF_8));
    Map<String, String> changed = new TreeMap<>(changeable());
    changed.entrySet().removeAll(before.entrySet());
    assertEquals(Map.of(), changed);
    assertTrue(changeable().keySet().containsAll(before.keySet()));
    awaitMemory(memory);
    assertEquals(2 * PAIRS, handles.size());
  }

  private static List<NodePass> startAll(List<NodePass> handles, int echo) throws Exception {
    List<NodePass> servers = new ArrayList<>();
    for (int i = 0; i < PAIRS; i++) {
      String tls = i % 5 == 0 ? "?tls=1" : "";
      NodePass server = NodePass.start("server://127.0.0.1:0/127.0.0.1:0" + tls, SILENT);
      handles.add(server);
      servers.add(server);
      String at = server.tunnelAddress().getPort() + "/127.0.0.1:" + echo;
      handles.add(NodePass.start("client://127.0.0.1:" + at + "?max=8&min=2", SILENT));
    }
    for (NodePass handle : handles) {
      handle.awaitReady();
    }
    return servers;
  }

  private static void useAll(List<NodePass> servers) throws Exception {
    List<CompletableFuture<Void>> users = new ArrayList<>();
    for (int i = 0; i < PAIRS; i++) {
      NodePass server = servers.get(i);
      byte mark = (byte) (i + 1);
      users.add(CompletableFuture.runAsync(() -> use(server, mark), THREADS));
    }
    for (CompletableFuture<Void> user : users) {
      user.get(60, TimeUnit.SECONDS);
    }
  }

  /** A few users after each other, with bytes that no other instance carries. */
  private static void use(NodePass server, byte mark) {
    byte[] sent = new byte[BYTES];
    Arrays.fill(sent, mark);
    for (int i = 0; i < USERS; i++) {
      try (Socket socket = TunnelPair.connect(server)) {
        CompletableFuture<Void> sender =
            CompletableFuture.runAsync(() -> sendAll(socket, sent), THREADS);
        byte[] back = socket.getInputStream().readAllBytes();
        sender.join();
        assertTrue(Arrays.equals(sent, back), "wrong bytes came back");
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private static void sendAll(Socket socket, byte[] bytes) {
    try {
      socket.getOutputStream().write(bytes);
      socket.shutdownOutput();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void closeAll(List<NodePass> handles) {
    List<CompletableFuture<Void>> closers = new ArrayList<>();
    for (NodePass handle : handles) {
      closers.add(CompletableFuture.runAsync(handle::close, THREADS));
    }
    closers.forEach(CompletableFuture::join);
  }

  /** What of the JVM a library might be tempted to change. */
  private static Map<String, String> changeable() {
    TimeZone.getDefault(); // the JDK makes a property of it when it is first asked for
    Map<String, String> all = new TreeMap<>();
    Properties properties = System.getProperties();
    for (String name : properties.stringPropertyNames()) {
      all.put(name, properties.getProperty(name));
    }
    for (String name : List.of("networkaddress.cache.ttl", "networkaddress.cache.negative.ttl")) {
      all.put("security " + name, String.valueOf(Security.getProperty(name)));
    }
    all.put("providers", Arrays.toString(Security.getProviders()));
    all.put("uncaught", String.valueOf(Thread.getDefaultUncaughtExceptionHandler()));
    return Collections.unmodifiableMap(all);
  }

  private static long directMemory() {
    return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
        .filter(pool -> pool.getName().equals("direct"))
        .mapToLong(BufferPoolMXBean::getMemoryUsed)
        .sum();
  }

  /**
   * The JDK keeps a buffer for each thread of ours that used a socket: far less than one loop's.
   */
  private static void awaitMemory(long before) {
    Await.until(
        () -> "direct memory: " + before + " before, now " + directMemory(),
        SOON,
        () -> {
          System.gc();
          return directMemory() <= before + 64 * 1024;
        });
  }
}
