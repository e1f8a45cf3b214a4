package io.nodepass.bench.peer;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The kinds of peers. */
public final class Peers {
  /** Kinds and their keys; a longer name comes before its prefix. */
  private static final Map<String, String> KINDS = new LinkedHashMap<>();

  static {
    KINDS.put("nodepass-go", "bin query client-query env lossy");
    KINDS.put("nodepass", "java jvm jar query client-query env lossy");
    KINDS.put("rathole", "bin env lossy");
    KINDS.put("frp", "bin frpc mux transport tls env lossy");
    KINDS.put("direct", "");
    KINDS.put("tamper", "every lossy");
  }

  private Peers() {}

  /**
   * Reads a {@code --peer} argument. Without a {@code kind} option the label's beginning says what
   * it is: nodepass17 is a nodepass, rathole-noise a rathole.
   *
   * @throws IllegalArgumentException with what is wrong about it
   */
  public static Peer parse(String text) {
    PeerOptions options = PeerOptions.parse(text);
    String name = options.get("kind", options.label());
    for (Map.Entry<String, String> kind : KINDS.entrySet()) {
      if (name.startsWith(kind.getKey())) {
        options.requireKeys(List.of(kind.getValue().split(" ")));
        return create(kind.getKey(), options);
      }
    }
    throw new IllegalArgumentException("peer " + text + ": its kind is none of " + KINDS.keySet());
  }

  private static Peer create(String kind, PeerOptions options) {
    return switch (kind) {
      case "nodepass-go" -> NodePassPeer.original(options);
      case "nodepass" -> NodePassPeer.jar(options);
      case "rathole" -> new RatholePeer(options);
      case "frp" -> new FrpPeer(options);
      case "tamper" -> new TamperPeer(options);
      default -> new DirectPeer(options.label());
    };
  }
}
