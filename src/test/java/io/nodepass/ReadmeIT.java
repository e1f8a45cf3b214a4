package io.nodepass;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the README tells its reader to type is typed here. A block marked {@code sh test} is run by
 * bash with {@code -eu} against the packaged jar; see {@link ReadmeShell} for what is done to its
 * ports. The rules for such a block:
 *
 * <ul>
 *   <li>Port 8000 is the reader's own web server. Here a small one of the test's listens instead,
 *       and a block that names the port must print the page that it serves.
 *   <li>A line that ends in {@code &} stays in the background. Nothing waits for it: the next
 *       command must bear that it is not ready yet, as a reader's would have to ({@code curl
 *       --retry-connrefused}; a tunnel holds its users until the other end is there).
 *   <li>It must end by itself within {@value #SECONDS} seconds and with code 0, and what is then
 *       left in the background must end with code 0 on SIGTERM.
 *   <li>A {@code text output} block right after it lists lines that it prints, in their order.
 * </ul>
 */
class ReadmeIT {
  private static final int SECONDS = 60;
  private static final Integer SERVICE_PORT = 8000;
  private static final String PAGE = "page " + UUID.randomUUID();

  @TempDir private static Path folder;
  private static HttpServer service;
  private static ReadmeShell shell;

  @BeforeAll
  static void startTheService() throws IOException {
    service = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
    service.createContext(
        "/",
        exchange -> {
          byte[] body = PAGE.getBytes(StandardCharsets.US_ASCII);
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    service.start();
    Path jar = Path.of(System.getProperty("nodepass.jar"));
    assertTrue(Files.isRegularFile(jar), () -> jar + " is not there");
    shell = new ReadmeShell(jar, folder, Map.of(SERVICE_PORT, service.getAddress().getPort()));
  }

  @AfterAll
  static void stopTheService() {
    service.stop(0);
  }

  @TestFactory
  Stream<DynamicTest> everyMarkedBlockRuns() throws IOException {
    List<ReadmeBlock> blocks = tests("README.md");
    assertFalse(blocks.isEmpty(), "README.md has no block that is run");
    return blocks.stream()
        .map(
            block ->
                DynamicTest.dynamicTest(
                    block.page() + ":" + block.line(), () -> assertRuns(block)));
  }

  /** So that running one of the two pages is enough. */
  @Test
  void theChinesePageHasTheSameMarkedBlocks() throws IOException {
    assertEquals(
        tests("README.md").stream().map(ReadmeBlock::text).toList(),
        tests("docs/zh/README.md").stream().map(ReadmeBlock::text).toList());
  }

  @Test
  void aFailingCommandFailsItsBlock() throws Exception {
    assertEquals(3, shell.run(block("(exit 3)", "echo not reached"), SECONDS).code());
  }

  @Test
  void aFailingBackgroundProcessFailsItsBlock() throws Exception {
    ReadmeShell.Result result =
        shell.run(block("(exit 7) &", "while kill -0 $! 2>/dev/null; do :; done"), SECONDS);
    assertEquals(7, result.code(), result.output());
  }

  @Test
  void aBackgroundProcessIsEndedWithItsBlock() throws Exception {
    String child = "bash -c 'trap \"echo ended; exit 0\" TERM; echo ready; while :; do :; done' &";
    String ready = "until grep -q ready output; do :; done";
    ReadmeShell.Result result = shell.run(block(child, ready), SECONDS);
    assertEquals(0, result.code(), result.output());
    assertTrue(result.output().endsWith("ended\n"), result.output());
  }

  @Test
  void aBlockThatDoesNotEndIsEnded() throws Exception {
    assertEquals(ReadmeShell.TIMED_OUT, shell.run(block("while :; do :; done"), 1).code());
  }

  @Test
  void aPortIsReplacedTheSameWayThroughoutABlock() throws Exception {
    ReadmeShell.Result result =
        shell.run(block("echo a:8080/ b:8080 c:10101 d:80 e:8000"), SECONDS);
    String[] words = result.output().strip().split(" ", -1);
    assertEquals(words[0].substring(2), words[1].substring(2) + "/");
    assertFalse(words[0].contains("8080"), result.output());
    assertFalse(words[1].substring(2).equals(words[2].substring(2)), result.output());
    assertEquals("d:80", words[3]);
    assertEquals("e:" + service.getAddress().getPort(), words[4]);
  }

  private static void assertRuns(ReadmeBlock block) throws IOException, InterruptedException {
    ReadmeShell.Result result = shell.run(block, SECONDS);
    assertEquals(0, result.code(), result.output());
    int from = 0;
    for (String line : block.output()) {
      int at = result.output().indexOf(line, from);
      assertTrue(at >= 0, () -> "\"" + line + "\" is missing in:\n" + result.output());
      from = at + line.length();
    }
    if (block.text().stream().anyMatch(line -> line.contains(":" + SERVICE_PORT))) {
      assertTrue(
          result.output().contains(PAGE), () -> "the page is missing in:\n" + result.output());
    }
  }

  private static List<ReadmeBlock> tests(String page) throws IOException {
    return ReadmeBlock.parse(page, Files.readAllLines(Path.of(page))).stream()
        .filter(ReadmeBlock::isTest)
        .toList();
  }

  private static ReadmeBlock block(String... lines) {
    return new ReadmeBlock("inline", 1, "sh test", List.of(lines), List.of());
  }
}
