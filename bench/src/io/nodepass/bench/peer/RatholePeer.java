package io.nodepass.bench.peer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/** rathole, plain TCP, configured by two TOML files. */
record RatholePeer(PeerOptions options) implements Peer {
  @Override
  public String label() {
    return options.label();
  }

  @Override
  public List<Launch> launches(Ports ports, Path scratch) throws IOException {
    Path server =
        Files.writeString(
            scratch.resolve("server.toml"),
            """
            [server]
            bind_addr = "127.0.0.1:%d"
            default_token = "bench"
            [server.services.bench]
            bind_addr = "127.0.0.1:%d"
            """
                .formatted(ports.tunnel(), ports.ingress()));
    Path client =
        Files.writeString(
            scratch.resolve("client.toml"),
            """
            [client]
            remote_addr = "127.0.0.1:%d"
            default_token = "bench"
            [client.services.bench]
            local_addr = "127.0.0.1:%d"
            """
                .formatted(ports.tunnel(), ports.target()));
    return List.of(
        launch("server", server, OptionalInt.of(ports.tunnel())),
        launch("client", client, OptionalInt.empty()));
  }

  private Launch launch(String role, Path file, OptionalInt listensOn) {
    String path = options.program("bin", "BENCH_RATHOLE", "rathole");
    return new Launch(
        role,
        List.of(path, "--" + role, file.toString()),
        options.environment(Map.of("RUST_LOG", "warn")),
        listensOn);
  }

  @Override
  public boolean losesNothing() {
    return options.losesNothing(true);
  }
}
