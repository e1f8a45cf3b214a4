package io.nodepass.testkit;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** The lines a process has written, collected by threads of its own; callable from any thread. */
final class OutputLines {
  /** Enough for every test; a process that floods its log cannot exhaust the test's memory. */
  private static final int MOST = 200_000;

  private final List<String> lines = new ArrayList<>();
  private final List<Thread> readers = new ArrayList<>();

  /** Collects this stream to its end; each line gets the prefix. */
  void collect(InputStream in, String prefix) {
    Thread reader =
        new Thread(
            () -> {
              try (BufferedReader text =
                  new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
                for (String line = text.readLine(); line != null; line = text.readLine()) {
                  add(prefix + line);
                }
              } catch (IOException e) {
                add(prefix + "(output lost: " + e + ")");
              }
            },
            "output");
    reader.setDaemon(true);
    readers.add(reader);
    reader.start();
  }

  private synchronized void add(String line) {
    if (lines.size() < MOST) {
      lines.add(line);
    }
  }

  /** How many lines there are: a mark to look for later ones from. */
  synchronized int size() {
    return lines.size();
  }

  /** The first line from this mark on that matches, or null. */
  synchronized String find(int mark, Predicate<String> wanted) {
    for (int i = mark; i < lines.size(); i++) {
      if (wanted.test(lines.get(i))) {
        return lines.get(i);
      }
    }
    return null;
  }

  synchronized List<String> all() {
    return List.copyOf(lines);
  }

  synchronized int count(Predicate<String> wanted) {
    int count = 0;
    for (String line : lines) {
      count += wanted.test(line) ? 1 : 0;
    }
    return count;
  }

  synchronized String tail(int most) {
    return String.join("\n", lines.subList(Math.max(0, lines.size() - most), lines.size()));
  }

  /** Waits until the streams have ended, so that the last words are there. */
  void finish(long millis) throws InterruptedException {
    for (Thread reader : readers) {
      reader.join(millis);
    }
  }
}
