package io.nodepass.tunnel;

import io.nodepass.telemetry.Traffic;
import io.nodepass.transport.tls.CertificateProblem;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;

/** One end of a tunnel, in either role. Any thread. */
public interface Tunnel {
  /**
   * Opens what has to listen and sets the tunnel going; what fails later is tried again for ever.
   *
   * @throws IOException when an address cannot be listened on; the message names it
   * @throws CertificateProblem when a certificate, key or pin of the configuration cannot be used
   */
  void start() throws IOException, CertificateProblem;

  /**
   * Done once this end is ready: listening (server), or with its first ready connection (client).
   */
  CompletableFuture<Void> ready();

  /** Where users enter (server), or the service's address as it was given (client). */
  InetSocketAddress address();

  /** Where the control channel listens (server) or is dialled (client). */
  InetSocketAddress tunnelAddress();

  Traffic traffic();

  /** Connections that run at this moment. */
  int running();

  /**
   * Stops accepting and closes what is idle; running connections go on. Returns when that is done.
   */
  void stop();

  /** Aborts the connections that still run. */
  void abort();

  /**
   * Waits for a thread that is its own, if it has one: when its loops have ended, the last call.
   */
  void join();
}
