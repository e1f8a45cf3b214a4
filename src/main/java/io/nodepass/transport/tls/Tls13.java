package io.nodepass.transport.tls;

import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;

/** Engines that speak TLS 1.3 and nothing else. Any thread. */
public final class Tls13 {
  private static final String[] PROTOCOLS = {"TLSv1.3"};

  private static final String[] SUITES = {
    "TLS_AES_128_GCM_SHA256", "TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_256_GCM_SHA384"
  };

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
   * @param host whom the certificate is checked against, when the context's trust does that, and
   *     under whose name sessions are kept
   * @param port any number; sessions are kept apart by it
   */
  public static SSLEngine client(SSLContext context, String host, int port) {
    SSLEngine engine = context.createSSLEngine(host, port);
    engine.setUseClientMode(true);
    engine.setSSLParameters(parameters());
    return engine;
  }

  private static SSLParameters parameters() {
    return new SSLParameters(SUITES, PROTOCOLS);
  }
}
