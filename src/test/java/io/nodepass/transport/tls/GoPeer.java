package io.nodepass.transport.tls;

import io.nodepass.testkit.RealProgram;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A TLS peer by Go's standard library, built from its source among the test's resources. */
final class GoPeer {
  /** The standard library itself is built where there is no cache of it yet. */
  private static final int BUILD_SECONDS = 300;

  private final Path binary;

  private GoPeer(Path binary) {
    this.binary = binary;
  }

  /** Builds it into the directory; nothing is fetched from anywhere. */
  static GoPeer build(Path directory) throws Exception {
    Path source = Path.of(GoPeer.class.getResource("/tls_peer.go").toURI());
    Path binary = directory.resolve("tls_peer");
    ProcessBuilder builder =
        new ProcessBuilder(
                RealProgram.find("go", "golang-go"),
                "build",
                "-o",
                binary.toString(),
                source.toString())
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("build.log").toFile());
    Map<String, String> environment = builder.environment();
    environment.put("CGO_ENABLED", "0");
    environment.put("GOPROXY", "off");
    environment.put("GOTOOLCHAIN", "local");
    environment.remove("GOFLAGS");
    if (!environment.containsKey("HOME")) {
      environment.putIfAbsent("GOCACHE", directory.resolve("cache").toString());
    }
    Process go = builder.start();
    boolean ended = go.waitFor(BUILD_SECONDS, TimeUnit.SECONDS);
    go.destroyForcibly();
    if (!ended || go.exitValue() != 0) {
      throw new AssertionError("go build failed: " + said(directory));
    }
    return new GoPeer(binary);
  }

  private static String said(Path directory) throws IOException {
    return java.nio.file.Files.readString(
        directory.resolve("build.log"), StandardCharsets.ISO_8859_1);
  }

  /** Dials this port of the loopback interface. */
  Program dial(int port, String scenario) throws IOException {
    return new Program(binary.toString(), "dial", Integer.toString(port), scenario);
  }

  /** Listens on a port of its own; see {@link #port}. */
  Program serve(Path pem, String scenario) throws IOException {
    return new Program(binary.toString(), "serve", pem.toString(), scenario);
  }

  /** Where it listens. */
  static int port(Program server) {
    String marker = "listens ";
    server.awaitOutput(marker);
    server.awaitOutput("\n");
    String said = server.output();
    int at = said.indexOf(marker) + marker.length();
    return Integer.parseInt(said.substring(at, said.indexOf('\n', at)));
  }
}
