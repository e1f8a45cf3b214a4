package io.nodepass.it;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.nodepass.testkit.Patterns;
import io.nodepass.testkit.RealProgram;
import io.nodepass.testkit.RespClient;
import io.nodepass.testkit.Stage;
import io.nodepass.testkit.Tunnel;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Programs as people run them, behind both processes. */
@Timeout(120)
class RealServicesIT {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final int BIG_FILE = 50 * 1024 * 1024;

  @RegisterExtension final Stage stage = new Stage();

  @TempDir Path directory;

  @Test
  void redisKeepsBinaryValuesUpToEightMegabytes() throws IOException {
    Tunnel tunnel = Tunnel.to(stage.add(RealProgram.redis(directory)).address()).start(stage);
    try (RespClient redis = RespClient.connect(tunnel.ingress(), PATIENCE)) {
      for (int size : new int[] {0, 1, 1_000, 65_536, 1_000_003, 8 * 1024 * 1024}) {
        byte[] value = Patterns.bytes(size, size);
        assertEquals("OK", ascii(redis.call("SET", "key", value)));
        assertArrayEquals(value, redis.call("GET", "key"), "value of " + size + " bytes");
      }
    }
  }

  @Test
  void redisAnswersAThousandPipelinedCommandsInOrder() throws IOException {
    Tunnel tunnel = Tunnel.to(stage.add(RealProgram.redis(directory)).address()).start(stage);
    try (RespClient redis = RespClient.connect(tunnel.ingress(), PATIENCE)) {
      for (int i = 0; i < 1_000; i++) {
        redis.send("SET", "key" + i, Patterns.bytes(i, i));
      }
      redis.flush();
      for (int i = 0; i < 1_000; i++) {
        assertEquals("OK", ascii(redis.receive()));
      }
      for (int i = 0; i < 1_000; i++) {
        redis.send("GET", "key" + i);
      }
      redis.flush();
      for (int i = 0; i < 1_000; i++) {
        assertArrayEquals(Patterns.bytes(i, i), redis.receive(), "reply " + i);
      }
    }
  }

  @Test
  void curlGetsALargeFileWhole() throws IOException {
    Tunnel tunnel = nginx();
    Path copy = directory.resolve("copy");
    RealProgram.Result result =
        RealProgram.run(
            Duration.ofSeconds(60),
            "curl",
            "curl",
            "-sSf",
            "-o",
            copy.toString(),
            url(tunnel, "/big"));
    assertEquals(0, result.exit(), result.err());
    assertEquals(Patterns.sha256(1, BIG_FILE), sha256(copy));
  }

  @Test
  void curlReusesOneConnectionForManyRequests() throws IOException {
    Tunnel tunnel = nginx();
    RealProgram.Result result =
        RealProgram.run(
            Duration.ofSeconds(60),
            "curl",
            "curl",
            "-sSf",
            "-w",
            "%{stderr}%{num_connects}",
            url(tunnel, "/small?[1-200]"));
    assertEquals(0, result.exit(), result.err());
    assertEquals("small\n".repeat(200), result.out());
    assertEquals("1" + "0".repeat(199), result.err(), "connections made per request");
  }

  @Test
  void fiveHundredRequestsEachOnItsOwnConnection() throws IOException {
    Tunnel tunnel = nginx();
    RealProgram.Result result =
        RealProgram.run(
            Duration.ofSeconds(60),
            "curl",
            "curl",
            "-sSf",
            "-H",
            "Connection: close",
            url(tunnel, "/small?[1-500]"));
    assertEquals(0, result.exit(), result.err());
    assertEquals("small\n".repeat(500), result.out());
  }

  @Test
  void parallelRequestsAreAllAnswered() throws Exception {
    Tunnel tunnel = nginx();
    URI uri = URI.create(url(tunnel, "/small"));
    HttpClient http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(PATIENCE)
            .build();
    HttpRequest request = HttpRequest.newBuilder(uri).timeout(PATIENCE).build();
    List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      answers.add(http.sendAsync(request, HttpResponse.BodyHandlers.ofString()));
    }
    for (CompletableFuture<HttpResponse<String>> answer : answers) {
      HttpResponse<String> response = answer.get(60, TimeUnit.SECONDS);
      assertEquals(200, response.statusCode());
      assertEquals("small\n", response.body());
    }
  }

  @Test
  void iperfMeasuresTowardsTheService() throws IOException {
    measure();
  }

  @Test
  void iperfMeasuresTowardsTheUser() throws IOException {
    measure("-R");
  }

  private void measure(String... more) throws IOException {
    Tunnel tunnel = Tunnel.to(stage.add(RealProgram.iperf3()).address()).start(stage);
    List<String> arguments =
        new ArrayList<>(
            List.of("-J", "-t", "2", "-c", "127.0.0.1", "-p", "" + tunnel.ingress().getPort()));
    arguments.addAll(List.of(more));
    RealProgram.Result result =
        RealProgram.run(
            Duration.ofSeconds(30), "iperf3", "iperf3", arguments.toArray(String[]::new));
    String json = result.out();
    assertEquals(0, result.exit(), json + result.err());
    assertFalse(json.contains("\"error\""), json);
    assertTrue(bytesReceived(json) > 1_000_000, "next to nothing arrived: " + json);
  }

  /** What the receiver counted in all: {@code end.sum_received.bytes}. */
  private static long bytesReceived(String json) {
    int sum = json.indexOf("\"sum_received\"");
    int at = json.indexOf("\"bytes\":", sum);
    if (sum < 0 || at < 0) {
      throw new AssertionError("no sum of received bytes in " + json);
    }
    int from = at + "\"bytes\":".length();
    return Long.parseLong(json.substring(from, json.indexOf(',', from)).strip());
  }

  private Tunnel nginx() throws IOException {
    Path files = Files.createDirectory(directory.resolve("files"));
    Files.writeString(files.resolve("small"), "small\n");
    try (OutputStream big = Files.newOutputStream(files.resolve("big"))) {
      Patterns.stream(1, BIG_FILE).transferTo(big);
    }
    return Tunnel.to(stage.add(RealProgram.nginx(directory, files)).address()).start(stage);
  }

  private static String url(Tunnel tunnel, String path) {
    return "http://127.0.0.1:" + tunnel.ingress().getPort() + path;
  }

  private static String sha256(Path file) throws IOException {
    return HexFormat.of().formatHex(Patterns.newSha256().digest(Files.readAllBytes(file)));
  }

  private static String ascii(byte[] bytes) {
    return new String(bytes, StandardCharsets.US_ASCII);
  }
}
