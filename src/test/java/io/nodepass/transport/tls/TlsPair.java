package io.nodepass.transport.tls;

import io.nodepass.testkit.LoopbackPair;
import io.nodepass.testkit.TestLoop;
import io.nodepass.transport.ConnectedFlows;
import io.nodepass.transport.Flow;
import java.util.function.UnaryOperator;

/** Two TLS flows over a TCP connection of the loopback interface; the left one is the client. */
public final class TlsPair {
  private TlsPair() {}

  public static ConnectedFlows.Ends connect(TestLoop loop, UnaryOperator<Flow> beneath)
      throws Exception {
    LoopbackPair.OfFlows tcp = LoopbackPair.flows(loop);
    Handshaking client =
        Handshaking.begin(
            loop, beneath.apply(tcp.dialled()), Tls13.client(TestKeys.client(), null, 1));
    Handshaking server =
        Handshaking.begin(loop, beneath.apply(tcp.accepted()), Tls13.server(TestKeys.server()));
    return new ConnectedFlows.Ends(client.flow(), server.flow());
  }
}
