package io.nodepass.transport.tls;

import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;

/** Engines that speak TLS 1.3 and nothing else. Any thread. */
public final class Tls13 {
  /** As JSSE calls it. */
  static final String PROTOCOL = "TLSv1.3";

  private static final String[] PROTOCOLS = {PROTOCOL};

  private static final String[] SUITES = CipherOrder.here();

  /**
   * Under which the sessions of peers are kept that have no name; never sent. Errors call them so.
   */
  private static final String UNNAMED = "the server";

  private Tls13() {}

  /** The engine of an accepting side, which chooses the cipher suite. */
  public static SSLEngine server(SSLContext context) {
    SSLEngine engine = context.createSSLEngine();
    engine.setUseClientMode(false);
    SSLParameters parameters = parameters();
    parameters.setUseCipherSuitesOrder(true);
    engine.setSSLParameters(parameters);
    return engine;
  }

  /**
   * The engine of a dialling side.
   *
   * @param name what the certificate has to be for, and what is sent as server name; null when
   *     neither matters
   * @param alias resumes sessions of engines with the same name and alias; stands where the JDK
   *     looks for a port and is not used as one
   */
  public static SSLEngine client(SSLContext context, String name, int alias) {
    return client(context, name == null ? UNNAMED : name, name != null, alias);
  }

  /** As above, with a name that errors tell even where it is neither checked nor sent. */
  static SSLEngine client(SSLContext context, String name, boolean verified, int alias) {
    SSLEngine engine = context.createSSLEngine(name, alias);
    engine.setUseClientMode(true);
    SSLParameters parameters = parameters();
    if (verified) {
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
    } else {
      parameters.setServerNames(List.of());
    }
    engine.setSSLParameters(parameters);
    return engine;
  }

  private static SSLParameters parameters() {
    return new SSLParameters(SUITES, PROTOCOLS);
  }
}
