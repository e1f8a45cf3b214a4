package io.nodepass.it;

import io.nodepass.NodePass;

/**
 * A program that starts both ends of a tunnel, closes neither, and comes to the end of its main.
 */
final class LeftOpen {
  private LeftOpen() {}

  public static void main(String[] args) throws Exception {
    NodePass server = NodePass.start("server://127.0.0.1:0/127.0.0.1:0?tls=1");
    int port = server.tunnelAddress().getPort();
    NodePass client = NodePass.start("client://127.0.0.1:" + port + "/127.0.0.1:9");
    client.awaitReady();
    System.out.println("left open: " + server + ", " + client);
  }
}
