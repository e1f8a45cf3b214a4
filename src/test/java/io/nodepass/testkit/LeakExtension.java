package io.nodepass.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestInstanceFactoryContext;
import org.junit.jupiter.api.extension.TestInstancePreConstructCallback;

/**
 * Asserts after each test that nothing is left over: what {@link TestLoop#close} looks for, threads
 * that would keep a process alive or are ours, and file descriptors other than files. Where the
 * system has no list of descriptors, these are not looked at.
 */
public final class LeakExtension implements TestInstancePreConstructCallback, AfterEachCallback {
  private static final Duration SETTLE = Duration.ofSeconds(5);
  private static final Path DESCRIPTORS = Path.of("/proc/self/fd");
  private static final ExtensionContext.Namespace SPACE =
      ExtensionContext.Namespace.create(LeakExtension.class);

  static {
    warmUp();
  }

  /** What there was before. */
  record Before(Set<Thread> threads, Set<String> descriptors) {}

  @Override
  public void preConstructTestInstance(
      TestInstanceFactoryContext factory, ExtensionContext context) {
    context.getStore(SPACE).put(factory.getTestClass(), snapshot());
  }

  @Override
  public void afterEach(ExtensionContext context) {
    List<String> left = new ArrayList<>(TestLoop.closeAll());
    Before before = context.getStore(SPACE).get(context.getRequiredTestClass(), Before.class);
    long end = System.nanoTime() + SETTLE.toNanos();
    List<String> since = since(before);
    while (!since.isEmpty() && System.nanoTime() - end < 0) {
      LockSupport.parkNanos(1_000_000);
      since = since(before);
    }
    left.addAll(since);
    if (!left.isEmpty()) {
      throw new AssertionError("left over: " + String.join("; ", left));
    }
  }

  static Before snapshot() {
    return new Before(threads(), descriptors());
  }

  /** Names what there is now and was not then. */
  static List<String> since(Before before) {
    List<String> since = new ArrayList<>();
    for (Thread thread : threads()) {
      boolean ours = !thread.isDaemon() || thread.getName().startsWith("nodepass-");
      if (ours && !before.threads.contains(thread)) {
        since.add("thread " + thread.getName());
      }
    }
    for (String descriptor : descriptors()) {
      if (!before.descriptors.contains(descriptor)) {
        since.add("descriptor " + descriptor);
      }
    }
    return since;
  }

  private static Set<Thread> threads() {
    return new HashSet<>(Thread.getAllStackTraces().keySet());
  }

  /** Sockets, pipes and selectors, each with its number. Class files come and go as they like. */
  private static Set<String> descriptors() {
    Set<String> found = new HashSet<>();
    if (!Files.isDirectory(DESCRIPTORS)) {
      return found;
    }
    try (Stream<Path> all = Files.list(DESCRIPTORS)) {
      for (Path descriptor : all.toList()) {
        try {
          String what = Files.readSymbolicLink(descriptor).toString();
          if (!what.startsWith("/")) {
            found.add(descriptor.getFileName() + " " + what);
          }
        } catch (IOException e) {
          // It was closed while we looked.
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return found;
  }

  /** The JDK opens some descriptors of its own when the first of each kind is used. */
  private static void warmUp() {
    try (ServerSocketChannel server = ServerSocketChannel.open();
        Selector selector = Selector.open()) {
      server.bind(new java.net.InetSocketAddress(java.net.InetAddress.getLoopbackAddress(), 0));
      try (SocketChannel one = SocketChannel.open(server.getLocalAddress());
          SocketChannel other = server.accept()) {
        one.configureBlocking(false);
        one.register(selector, java.nio.channels.SelectionKey.OP_WRITE);
        selector.select();
        other.shutdownOutput();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
