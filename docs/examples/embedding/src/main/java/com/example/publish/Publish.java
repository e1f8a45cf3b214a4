package com.example.publish;

import com.sun.net.httpserver.HttpServer;
import io.nodepass.NodePass;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/**
 * Publishes a page that is served on a loopback port by both ends of a tunnel in this program, and
 * fetches it from where users enter.
 */
public final class Publish {
  private Publish() {}

  public static void main(String[] args) throws Exception {
    HttpServer service = startService();
    try {
      publish(service);
    } finally {
      service.stop(0);
    }
    System.out.println("threads left: " + threadsLeft());
  }

  private static void publish(HttpServer service) throws Exception {
    // Port 0 is any free port. A real server names its ports: "server://:10101/:8080".
    NodePass server = NodePass.start("server://127.0.0.1:0/127.0.0.1:0");
    try (server;
        NodePass client = NodePass.start(clientUrl(server, service))) {
      client.awaitReady();
      System.out.println("page: " + fetch(server.address()));
    }
    System.out.println("carried: " + server.stats());
  }

  private static HttpServer startService() throws IOException {
    HttpServer service =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    service.createContext(
        "/",
        exchange -> {
          byte[] page = "Hello through the tunnel!".getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, page.length);
          exchange.getResponseBody().write(page);
          exchange.close();
        });
    service.start();
    return service;
  }

  /** The client's end lies beside the service and dials the server. */
  private static String clientUrl(NodePass server, HttpServer service) {
    return "client://127.0.0.1:"
        + server.tunnelAddress().getPort()
        + "/127.0.0.1:"
        + service.getAddress().getPort();
  }

  /**
   * One request on a connection that ends with its answer, so that closing need not wait for it.
   */
  private static String fetch(InetSocketAddress ingress) throws IOException {
    try (Socket user = new Socket(ingress.getAddress(), ingress.getPort())) {
      user.getOutputStream().write("GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      byte[] answer = user.getInputStream().readAllBytes();
      String text = new String(answer, StandardCharsets.UTF_8);
      return text.substring(text.indexOf("\r\n\r\n") + 4);
    }
  }

  private static long threadsLeft() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("nodepass-"))
        .count();
  }
}
