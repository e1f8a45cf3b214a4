package io.nodepass.bench.peer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * frp with one TCP proxy; {@code mux}, {@code transport} and {@code tls} are its own settings. With
 * {@code tls} its server takes nothing else, so that what is not encrypted does not look so.
 */
record FrpPeer(PeerOptions options) implements Peer {
  @Override
  public String label() {
    return options.label();
  }

  @Override
  public List<Launch> launches(Ports ports, Path scratch) throws IOException {
    String mux = options.get("mux", "true");
    String transport = options.get("transport", "tcp");
    String tls = options.get("tls", "false");
    Path server =
        Files.writeString(
            scratch.resolve("frps.toml"),
            """
            bindAddr = "127.0.0.1"
            bindPort = %1$d
            %2$sBindPort = %1$d
            transport.tcpMux = %3$s
            transport.tls.force = %4$s
            log.level = "warn"
            """
                .formatted(ports.tunnel(), transport.equals("quic") ? "quic" : "# ", mux, tls));
    Path client =
        Files.writeString(
            scratch.resolve("frpc.toml"),
            """
            serverAddr = "127.0.0.1"
            serverPort = %d
            transport.protocol = "%s"
            transport.tcpMux = %s
            transport.tls.enable = %s
            log.level = "warn"
            [[proxies]]
            name = "bench"
            type = "tcp"
            localIP = "127.0.0.1"
            localPort = %d
            remotePort = %d
            """
                .formatted(ports.tunnel(), transport, mux, tls, ports.target(), ports.ingress()));
    return List.of(
        launch("server", options.program("bin", "BENCH_FRPS", "frps"), server, ports.tunnel()),
        launch("client", options.program("frpc", "BENCH_FRPC", "frpc"), client, 0));
  }

  private Launch launch(String role, String program, Path file, int port) {
    return new Launch(
        role,
        List.of(program, "-c", file.toString()),
        options.environment(Map.of()),
        port == 0 ? OptionalInt.empty() : OptionalInt.of(port));
  }

  @Override
  public boolean losesNothing() {
    return options.losesNothing(true);
  }
}
