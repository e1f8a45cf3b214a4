package io.nodepass.testkit;

import java.nio.charset.Charset;
import java.util.ArrayDeque;
import java.util.Deque;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Everything one test has opened. After the test it is closed, last first; when the test failed,
 * the last lines of every process are printed before, and the counts of every double.
 */
public final class Stage implements AfterEachCallback {
  private final Deque<AutoCloseable> open = new ArrayDeque<>();

  /** Adopts something to be closed after the test. */
  public <T extends AutoCloseable> T add(T resource) {
    open.push(resource);
    return resource;
  }

  @Override
  public void afterEach(ExtensionContext context) throws Exception {
    if (context.getExecutionException().isPresent()) {
      printTails(context.getDisplayName());
    }
    Exception first = null;
    for (AutoCloseable resource = open.poll(); resource != null; resource = open.poll()) {
      try {
        resource.close();
      } catch (Exception e) {
        first = first == null ? e : first;
      }
    }
    if (first != null) {
      throw first;
    }
  }

  private void printTails(String test) {
    StringBuilder text = new StringBuilder("=== " + test + " failed\n");
    for (AutoCloseable resource : open) {
      if (resource instanceof NodePassProcess process) {
        text.append(process.tail()).append('\n');
      } else if (resource instanceof RealProgram program) {
        text.append(program.tail()).append('\n');
      } else if (resource instanceof ClassProgram program) {
        text.append(program.tail()).append('\n');
      } else if (resource instanceof LegacyDouble peer) {
        text.append(peer.tail()).append('\n');
      } else if (resource instanceof SessionServerDouble
          || resource instanceof SessionClientDouble) {
        text.append(resource).append('\n');
      }
    }
    new java.io.PrintStream(System.err, true, Charset.defaultCharset()).print(text);
  }
}
