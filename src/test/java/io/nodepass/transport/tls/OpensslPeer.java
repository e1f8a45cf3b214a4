package io.nodepass.transport.tls;

import io.nodepass.testkit.Ports;
import io.nodepass.testkit.RealProgram;
import io.nodepass.testkit.Stage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The openssl program as a client or as a server, with its console in the test's hands. */
final class OpensslPeer {
  private final Stage stage;
  private final Path directory;

  OpensslPeer(Stage stage, Path directory) {
    this.stage = stage;
    this.directory = directory;
  }

  /** A server that waits for us. */
  record Server(Program program, int port) {}

  /** Dials a port of ours. */
  Program dial(int port, String... more) throws Exception {
    return run(List.of("s_client", "-connect", "127.0.0.1:" + port), more);
  }

  Server serve(String... more) throws Exception {
    int port = Ports.free();
    String pem = TestKeys.pem(directory).toString();
    Program program =
        run(List.of("s_server", "-accept", "127.0.0.1:" + port, "-cert", pem, "-key", pem), more);
    program.awaitOutput("ACCEPT");
    return new Server(program, port);
  }

  private Program run(List<String> fixed, String... more) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(RealProgram.find("openssl", "openssl"));
    command.addAll(fixed);
    command.addAll(List.of(more));
    return stage.add(new Program(directory, command.toArray(String[]::new)));
  }
}
