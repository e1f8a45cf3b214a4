package io.nodepass.testkit;

import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.function.Consumer;

/** A server process and a client process that have found each other, on loopback. */
public final class Tunnel {
  private static final Duration START = Duration.ofSeconds(20);

  private final Stage stage;
  private final Plan plan;
  private final int tunnelPort = Ports.free();
  private final int ingressPort = Ports.free();
  private NodePassProcess server;
  private NodePassProcess client;

  private Tunnel(Stage stage, Plan plan) {
    this.stage = stage;
    this.plan = plan;
  }

  /** What both ends are started with. Each call adds to it. */
  public static final class Plan {
    private final InetSocketAddress target;
    private Consumer<NodePassProcess.Launch> serverSide = launch -> {};
    private Consumer<NodePassProcess.Launch> clientSide = launch -> {};
    private String parameters = "log=debug";
    private String key = "";
    private String serverParameters = "";
    private String clientParameters = "";
    private String host = "127.0.0.1";
    private InetSocketAddress through;

    private Plan(InetSocketAddress target) {
      this.target = target;
    }

    public Plan server(Consumer<NodePassProcess.Launch> more) {
      serverSide = serverSide.andThen(more);
      return this;
    }

    public Plan client(Consumer<NodePassProcess.Launch> more) {
      clientSide = clientSide.andThen(more);
      return this;
    }

    public Plan both(Consumer<NodePassProcess.Launch> more) {
      return server(more).client(more);
    }

    public Plan env(String variable, Object value) {
      return both(launch -> launch.env(variable, value));
    }

    public Plan jvm(String... flags) {
      return both(launch -> launch.jvm(flags));
    }

    /** The parameters of both URLs instead of {@code log=debug}. */
    public Plan parameters(String instead) {
      parameters = instead;
      return this;
    }

    /** A key in both URLs, percent-encoded where that is needed. */
    public Plan key(String shared) {
      key = shared + "@";
      return this;
    }

    /** More of them for the server alone, each with an ampersand before it. */
    public Plan serverParameters(String more) {
      serverParameters += more;
      return this;
    }

    /** More of them for the client alone, each with an ampersand before it. */
    public Plan clientParameters(String more) {
      clientParameters += more;
      return this;
    }

    /** The client's name for the server. */
    public Plan host(String name) {
      host = name;
      return this;
    }

    /** Starts both and returns when each says that it has the other. */
    public Tunnel start(Stage stage) {
      Tunnel tunnel = prepare(stage);
      tunnel.startServer();
      tunnel.startClient();
      tunnel.awaitConnected();
      return tunnel;
    }

    /** Chooses the ports and starts nothing. */
    public Tunnel prepare(Stage stage) {
      return new Tunnel(stage, this);
    }
  }

  public static Plan to(InetSocketAddress target) {
    return new Plan(target);
  }

  public static Plan to(ServerSocket target) {
    return new Plan(Ports.loopback(target.getLocalPort()));
  }

  public void startServer() {
    NodePassProcess.Launch launch = NodePassProcess.launch();
    plan.serverSide.accept(launch);
    server = stage.add(launch.start("server", serverUrl()));
    server.awaitLine("server ready: ", START);
  }

  /** Starts the client and does not wait for it. */
  public void startClient() {
    NodePassProcess.Launch launch = NodePassProcess.launch();
    plan.clientSide.accept(launch);
    client = stage.add(launch.start("client", clientUrl()));
  }

  /** Has the client take its control channel from elsewhere than the server's own port. */
  public void through(InetSocketAddress instead) {
    plan.through = instead;
  }

  public void awaitConnected() {
    client.awaitLine("client ready: ", START);
    server.awaitLine("client connected: ", START);
  }

  public String serverUrl() {
    return "server://"
        + plan.key
        + "127.0.0.1:"
        + tunnelPort
        + "/127.0.0.1:"
        + ingressPort
        + "?"
        + plan.parameters
        + plan.serverParameters;
  }

  public String clientUrl() {
    int port = plan.through == null ? tunnelPort : plan.through.getPort();
    return "client://"
        + plan.key
        + plan.host
        + ":"
        + port
        + "/127.0.0.1:"
        + plan.target.getPort()
        + "?"
        + plan.parameters
        + plan.clientParameters;
  }

  /** Where control is taken. */
  public InetSocketAddress control() {
    return Ports.loopback(tunnelPort);
  }

  /**
   * Where data connections are taken: at the data port if the server named one when it was ready,
   * as it does with {@code proto=legacy}, and else where control is.
   */
  public InetSocketAddress data() {
    String line = server.awaitLine("server ready: ", START);
    String marker = "data port ";
    int at = line.indexOf(marker);
    if (at < 0) {
      return control();
    }
    int end = at + marker.length();
    while (end < line.length() && Character.isDigit(line.charAt(end))) {
      end++;
    }
    return Ports.loopback(Integer.parseInt(line.substring(at + marker.length(), end)));
  }

  /** Where users enter. */
  public InetSocketAddress ingress() {
    return Ports.loopback(ingressPort);
  }

  /** Users of the ingress with this patience. */
  public Users users(Duration patience) {
    return Users.of(ingress(), patience);
  }

  public NodePassProcess server() {
    return server;
  }

  public NodePassProcess client() {
    return client;
  }
}
