package io.nodepass.tunnel;

import io.nodepass.config.TlsMode;
import io.nodepass.config.TlsSettings;
import io.nodepass.reactor.EventLoop;
import io.nodepass.transport.Addresses;
import io.nodepass.transport.Arrival;
import io.nodepass.transport.Flow;
import io.nodepass.transport.tls.CertificatePath;
import io.nodepass.transport.tls.CertificateProblem;
import io.nodepass.transport.tls.Handshakes;
import io.nodepass.transport.tls.PeerEndedException;
import io.nodepass.transport.tls.ServerCertificates;
import io.nodepass.transport.tls.ServerTls;
import io.nodepass.transport.tls.TlsFlow;
import io.nodepass.transport.tls.TlsHandshake;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import javax.net.ssl.SSLException;

/**
 * What makes an accepted connection one that can be trusted: nothing in mode 0, a TLS handshake
 * with the certificate of the moment in the others. For the home loop only, once it is made.
 */
final class ServerSecurity {
  /** Of the connections that have proved nothing yet, this part may be in a handshake. */
  private static final int PART = 4;

  private static final int PART_OF_NETWORK = 32;

  /** What one client does at a time: the original's one, ours eight. */
  private static final int LEAST = ClientSecurity.MOST_SESSION_DIALS;

  private static final long HANDSHAKE_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final Duration LOOK = Duration.ofSeconds(2);

  private final EventLoop home;
  private final ServerCertificates certificates;
  private final Handshakes handshakes;

  /** How securing one ended. */
  interface Outcome {
    /**
     * The flow has no owner and no interest yet.
     *
     * @param bind what a proof on this connection is bound to: SHA-256 of the certificate
     */
    void secured(Flow flow, byte[] bind);

    /**
     * It has been aborted, or is closed as soon as its peer has read why.
     *
     * @param reason with the peer's address
     */
    void refused(String reason);

    /** As above, but it was the peer who ended it, without a reason. */
    void ended(String reason);
  }

  private ServerSecurity(EventLoop home, ServerCertificates certificates, Handshakes handshakes) {
    this.home = home;
    this.certificates = certificates;
    this.handshakes = handshakes;
  }

  /**
   * Reads or makes the certificate, and keeps it up to date until {@link #close}. Not on a loop.
   *
   * @throws CertificateProblem when the files cannot be used
   */
  static ServerSecurity of(TunnelContext context) throws CertificateProblem {
    TlsSettings tls = context.config().tls();
    EventLoop home = context.home();
    if (tls.mode() == TlsMode.NONE) {
      return new ServerSecurity(home, null, null);
    }
    ServerCertificates certificates =
        tls.mode() == TlsMode.SELF_SIGNED
            ? ServerCertificates.selfSigned(InstantSource.system(), context.log())
            : ServerCertificates.fromFiles(
                CertificatePath.of("crt", tls.crt().orElseThrow()),
                CertificatePath.of("key", tls.key().orElseThrow()),
                InstantSource.system(),
                context.log());
    // What the JDK loads for its first engine takes long; the loop is not to wait for it.
    context.tasks().execute(() -> certificates.current().engine());
    certificates.watch(context.tasks(), LOOK, context.config().limits().reloadInterval());
    Handshakes handshakes =
        new Handshakes(
            context.tasks(),
            most(context.config().unproven()),
            mostOfNetwork(context.config().unproven()),
            HANDSHAKE_NANOS);
    return new ServerSecurity(home, certificates, handshakes);
  }

  /** How many handshakes may be unfinished, of so many connections that have proved nothing. */
  static int most(int unproven) {
    return Math.max(LEAST, unproven / PART);
  }

  /** How many of them may be of one network. */
  static int mostOfNetwork(int unproven) {
    return Math.max(LEAST, unproven / PART_OF_NETWORK);
  }

  /** What the log says of it at the start; empty in mode 0. */
  String description() {
    return certificates == null ? "" : ", certificate " + certificates.current().fingerprint();
  }

  /** Binds the connection to the home loop and secures it; the outcome may be told at once. */
  void secure(Arrival arrival, Outcome outcome) {
    Flow flow;
    try {
      flow = arrival.bind(home);
    } catch (IOException e) {
      outcome.ended(Addresses.text(arrival.remote()) + ": " + e.getMessage());
      return;
    }
    InetAddress from = arrival.remote().getAddress();
    if (handshakes == null) {
      outcome.secured(flow, SessionKeys.noCertificate());
      return;
    }
    ServerTls tls = certificates.current();
    handshakes.begin(flow, Addresses.network(from), tls::engine, new Callback(outcome, tls));
  }

  /**
   * Secures a flow of the home loop; the outcome may be told at once.
   *
   * @param first what was read from it already, as the first of what TLS is given
   * @param greeted whether it has said hello before
   */
  void secure(Flow flow, InetAddress from, ByteBuffer first, boolean greeted, Outcome outcome) {
    if (handshakes == null) {
      outcome.secured(flow, SessionKeys.noCertificate());
      return;
    }
    ServerTls tls = certificates.current();
    handshakes.begin(
        flow, first, greeted, Addresses.network(from), tls::engine, new Callback(outcome, tls));
  }

  /** Tells the outcome of a handshake. */
  private static final class Callback implements TlsHandshake.Callback {
    private final Outcome outcome;
    private final byte[] bind;

    Callback(Outcome outcome, ServerTls tls) {
      this.outcome = outcome;
      this.bind = tls.fingerprint().bytes();
    }

    @Override
    public void connected(TlsFlow secured) {
      outcome.secured(secured, bind);
    }

    @Override
    public void failed(IOException cause) {
      // A client that is shut down while it dials does this.
      if (cause.getCause() instanceof PeerEndedException) {
        outcome.ended(cause.getMessage());
      } else {
        outcome.refused(cause.getMessage() + hint(cause.getCause()));
      }
    }
  }

  /** A peer tells by an alert that it does not trust us, and no more than that. */
  private static String hint(Throwable cause) {
    boolean distrusted =
        cause instanceof SSLException
            && cause.getMessage() != null
            && cause.getMessage().contains("alert: ")
            && (cause.getMessage().contains("certificate")
                || cause.getMessage().contains("unknown_ca"));
    return distrusted
        ? "; the client does not accept this server's certificate, and the client's log says why"
        : "";
  }

  /** How many are being secured. */
  int unfinished() {
    return handshakes == null ? 0 : handshakes.unfinished();
  }

  /** Ends those that are being secured and have such an outcome, without a word. */
  void clear(Predicate<Outcome> which) {
    if (handshakes != null) {
      handshakes.clear(callback -> callback instanceof Callback c && which.test(c.outcome));
    }
  }

  void close() {
    clear(outcome -> true);
    if (certificates != null) {
      certificates.close();
    }
  }

  /** Waits for the thread that looks at certificates. Not on a loop. */
  void join() {
    if (certificates != null) {
      certificates.join();
    }
  }
}
