package io.nodepass.testkit;

import java.net.Socket;
import java.security.cert.X509Certificate;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/** Believes every certificate and counts how many it was shown: one per full handshake. */
public final class Believer extends X509ExtendedTrustManager {
  private final AtomicInteger shown = new AtomicInteger();
  private final Error thrown;

  public Believer() {
    this(null);
  }

  /** One that fails with an error each time, if that is not null. */
  public Believer(Error thrown) {
    this.thrown = thrown;
  }

  public int shown() {
    return shown.get();
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {
    shown.incrementAndGet();
    if (thrown != null) {
      throw thrown;
    }
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {
    shown.incrementAndGet();
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type) {
    shown.incrementAndGet();
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {
    throw new AssertionError("no client shows a certificate");
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {
    throw new AssertionError("no client shows a certificate");
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type) {
    throw new AssertionError("no client shows a certificate");
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return new X509Certificate[0];
  }
}
