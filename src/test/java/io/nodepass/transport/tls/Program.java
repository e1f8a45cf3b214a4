package io.nodepass.transport.tls;

import io.nodepass.testkit.Await;
import io.nodepass.testkit.TestLoop;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** A TLS program that is not ours, its input in the test's hands and its output collected. */
final class Program implements AutoCloseable {
  private final Process process;
  private final ByteArrayOutputStream output = new ByteArrayOutputStream();
  private final Thread reader = new Thread(this::collect, "output");

  Program(String... command) throws IOException {
    this(null, command);
  }

  /** Runs it in that directory; null is ours. */
  Program(Path directory, String... command) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    if (directory != null) {
      builder.directory(directory.toFile());
    }
    process = builder.start();
    reader.setDaemon(true);
    reader.start();
  }

  private void collect() {
    byte[] chunk = new byte[8192];
    try (InputStream in = process.getInputStream()) {
      for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) {
        synchronized (output) {
          output.write(chunk, 0, n);
        }
      }
    } catch (IOException e) {
      // It was ended while we read; what it said until then is kept.
    }
  }

  String output() {
    synchronized (output) {
      return output.toString(StandardCharsets.ISO_8859_1);
    }
  }

  void type(String line) throws IOException {
    OutputStream in = process.getOutputStream();
    in.write((line + "\n").getBytes(StandardCharsets.US_ASCII));
    in.flush();
  }

  /** All there is to type, from a file, and then the end of it. */
  void typeAll(Path file) throws IOException {
    try (OutputStream in = process.getOutputStream()) {
      Files.copy(file, in);
    }
  }

  void awaitOutput(String text) {
    Await.until(
        () -> "'" + text + "' in\n" + output(), TestLoop.DEADLINE, () -> output().contains(text));
  }

  /** Waits for its own end and gives all it said. */
  String finish() throws InterruptedException {
    if (!process.waitFor(TestLoop.DEADLINE.toSeconds(), TimeUnit.SECONDS)) {
      throw new AssertionError("it does not end:\n" + output());
    }
    reader.join(TestLoop.DEADLINE.toMillis());
    return output();
  }

  @Override
  public void close() {
    process.destroyForcibly();
    try {
      process.waitFor();
      reader.join(TestLoop.DEADLINE.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
