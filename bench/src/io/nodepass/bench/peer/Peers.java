package io.nodepass.bench.peer;

import java.util.List;

/** The kinds of peers. */
public final class Peers {
  /** A longer name comes before its prefix. */
  private static final List<String> KINDS =
      List.of("nodepass-go", "nodepass", "rathole", "frp", "direct", "tamper");

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
    for (String kind : KINDS) {
      if (name.startsWith(kind)) {
        return create(kind, options);
      }
    }
    throw new IllegalArgumentException("peer " + text + ": its kind is none of " + KINDS);
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
