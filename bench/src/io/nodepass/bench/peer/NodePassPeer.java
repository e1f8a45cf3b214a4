package io.nodepass.bench.peer;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/** Programs that take NodePass URLs: this project's jar on some JVM, and the Go original. */
final class NodePassPeer implements Peer {
  private final PeerOptions options;
  private final List<String> program;
  private final boolean losesNothing;

  private NodePassPeer(PeerOptions options, List<String> program, boolean losesNothing) {
    this.options = options;
    this.program = program;
    this.losesNothing = options.losesNothing(losesNothing);
  }

  static Peer jar(PeerOptions options) {
    List<String> command = new ArrayList<>();
    command.add(options.get("java", System.getProperty("java.home") + "/bin/java"));
    for (String flags : options.all("jvm")) {
      command.addAll(List.of(flags.trim().split(" +")));
    }
    command.add("-jar");
    command.add(options.get("jar", "target/nodepass.jar"));
    return new NodePassPeer(options, command, true);
  }

  /** The original drops connections that arrive faster than its pool is filled. */
  static Peer original(PeerOptions options) {
    String path = options.program("bin", "BENCH_NODEPASS_GO", "nodepass-go");
    return new NodePassPeer(options, List.of(path), false);
  }

  @Override
  public String label() {
    return options.label();
  }

  @Override
  public List<Launch> launches(Ports ports, Path scratch) {
    String tunnel = "127.0.0.1:" + ports.tunnel();
    String server =
        "server://" + tunnel + "/127.0.0.1:" + ports.ingress() + query("query", "log=warn&tls=0");
    String client =
        "client://" + tunnel + "/127.0.0.1:" + ports.target() + query("client-query", "log=warn");
    return List.of(
        launch("server", server, OptionalInt.of(ports.tunnel())),
        launch("client", client, OptionalInt.empty()));
  }

  private String query(String key, String otherwise) {
    String query = options.get(key, otherwise);
    return query.isEmpty() ? "" : "?" + query;
  }

  private Launch launch(String role, String url, OptionalInt listensOn) {
    List<String> command = new ArrayList<>(program);
    command.add(url);
    return new Launch(role, command, options.environment(Map.of()), listensOn);
  }

  @Override
  public boolean losesNothing() {
    return losesNothing;
  }
}
