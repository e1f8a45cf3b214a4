package io.nodepass.it;

import io.nodepass.testkit.ClassProgram;
import io.nodepass.testkit.Namespace;
import io.nodepass.testkit.Namespaces;
import io.nodepass.testkit.NodePassProcess;
import io.nodepass.testkit.PortForwarder;
import io.nodepass.testkit.RealProgram;
import io.nodepass.testkit.Stage;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * A server in a container, a client and a user each somewhere else. Between them stands the
 * container's host, which hands on no packets; it only publishes what it is asked to.
 *
 * <pre>
 * client 10.77.1.2 ── 10.77.1.1 ┐
 *                               host ── 172.31.77.2 server
 * user   10.77.2.2 ── 10.77.2.1 ┘
 * </pre>
 */
final class PublishedServer {
  static final int TUNNEL_PORT = 10101;
  static final int INGRESS_PORT = 8080;

  private static final Duration START = Duration.ofSeconds(20);
  private static final String HIDDEN = "172.31.77.2";
  private static final String FOR_CLIENTS = "10.77.1.1";
  private static final String FOR_USERS = "10.77.2.1";

  private final Stage stage;
  private final Namespace host;
  private final Namespace container;
  private final Namespace office;
  private final Namespace street;
  private NodePassProcess server;
  private NodePassProcess client;

  private PublishedServer(Stage stage, Namespaces networks) {
    this.stage = stage;
    host = networks.add("host");
    container = networks.add("container");
    office = networks.add("office");
    street = networks.add("street");
    networks.join(host, "172.31.77.1/24", container, HIDDEN + "/24");
    networks.join(host, FOR_CLIENTS + "/24", office, "10.77.1.2/24");
    networks.join(host, FOR_USERS + "/24", street, "10.77.2.2/24");
    networks.forwardNothing(host);
    networks.route(container, "172.31.77.1");
    networks.route(office, FOR_CLIENTS);
    networks.route(street, FOR_USERS);
  }

  /** Makes the networks, publishes the two ports, and starts no end of a tunnel yet. */
  static PublishedServer prepare(Stage stage) {
    PublishedServer scene = new PublishedServer(stage, stage.add(Namespaces.create()));
    scene.publish(FOR_CLIENTS, TUNNEL_PORT);
    scene.publish(FOR_USERS, INGRESS_PORT);
    return scene;
  }

  /** Lets clients reach one more port of the server. */
  void publishToClients(int port) {
    publish(FOR_CLIENTS, port);
  }

  private void publish(String address, int port) {
    ClassProgram forwarder =
        stage.add(
            ClassProgram.start(
                host, PortForwarder.class, address + ":" + port, HIDDEN + ":" + port));
    forwarder.awaitLine(0, "forwarding ", START);
  }

  /** An nginx beside the client. */
  RealProgram nginx(Path directory, Path files) throws IOException {
    return stage.add(RealProgram.nginx(directory, files, office));
  }

  /**
   * @param key the shared key, or null
   */
  NodePassProcess startServer(String parameters, String key) {
    String url = "server://:" + TUNNEL_PORT + "/:" + INGRESS_PORT + "?" + parameters;
    server = stage.add(launch(container, key).start("server", url));
    server.awaitLine("server ready: ", START);
    return server;
  }

  /**
   * @param key the shared key, or null
   */
  NodePassProcess startClient(int targetPort, String parameters, String key) {
    String target = "127.0.0.1:" + targetPort;
    String url = "client://" + FOR_CLIENTS + ":" + TUNNEL_PORT + "/" + target + "?" + parameters;
    client = stage.add(launch(office, key).start("client", url));
    return client;
  }

  private static NodePassProcess.Launch launch(Namespace place, String key) {
    NodePassProcess.Launch launch =
        NodePassProcess.launch().in(place).env("SERVICE_COOLDOWN", "500ms");
    return key == null ? launch : launch.env("NODEPASS_KEY", key);
  }

  void awaitConnected() {
    client.awaitLine("client ready: ", START);
    server.awaitLine("client connected: ", START);
  }

  /** What curl says that a user runs on the street. */
  RealProgram.Result userGets(String path, String... options) throws IOException {
    return curl(street, "http://" + FOR_USERS + ":" + INGRESS_PORT + path, options);
  }

  /** Whether a TCP connection from the client's network comes about. */
  boolean clientReaches(boolean server, int port) throws IOException {
    String address = (server ? HIDDEN : FOR_CLIENTS) + ":" + port;
    String told = curl(office, "telnet://" + address, "-v", "--max-time", "2").err();
    return told.contains("Connected to ");
  }

  private static RealProgram.Result curl(Namespace place, String url, String... options)
      throws IOException {
    List<String> command = new ArrayList<>(List.of(RealProgram.find("curl", "curl"), "-sSf"));
    command.addAll(List.of(options));
    command.add(url);
    return RealProgram.run(Duration.ofSeconds(30), place.inside(command));
  }
}
