package io.nodepass.transport.tls;

import io.nodepass.reactor.EventLoop;
import io.nodepass.transport.Dialer;
import io.nodepass.transport.Flow;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import javax.net.ssl.SSLPeerUnverifiedException;

/**
 * Dials by another dialer and does a TLS handshake on what that yields, with a time of its own that
 * is as long. Dials that are under way at the same time resume a session each. For one loop only.
 */
public final class TlsDialer implements Dialer {
  private final Dialer inner;
  private final TrustChoice trust;
  private final ResumingEngines engines;
  private final Executor executor;
  private final Consumer<X509Certificate> shown;
  private Certificate last;

  /**
   * Joins the two.
   *
   * @param trust looks at the dates of sessions that were resumed
   * @param engines one for each dial
   * @param executor runs what engines delegate, off the loop
   * @param shown takes the server's certificate when it is another than before
   */
  public TlsDialer(
      Dialer inner,
      TrustChoice trust,
      ResumingEngines engines,
      Executor executor,
      Consumer<X509Certificate> shown) {
    this.inner = inner;
    this.trust = trust;
    this.engines = engines;
    this.executor = executor;
    this.shown = shown;
  }

  @Override
  public Dial dial(
      EventLoop loop, InetSocketAddress address, long timeoutNanos, Callback callback) {
    Dialling dialling = new Dialling(timeoutNanos, callback);
    Dial started = inner.dial(loop, address, timeoutNanos, dialling);
    if (!dialling.connected) {
      dialling.beneath = started;
    }
    return dialling;
  }

  /**
   * Does a handshake on a flow that is connected already, as the client: a full one, so that the
   * certificate is seen. Adopts the flow; on its loop's thread.
   *
   * @return which can be given up; the flow is aborted then
   */
  public Dial secure(Flow flow, long timeoutNanos, TlsHandshake.Callback callback) {
    TlsHandshake handshake =
        TlsHandshake.begin(
            flow,
            engines.fresh(),
            executor,
            timeoutNanos,
            new TlsHandshake.Callback() {
              @Override
              public void connected(TlsFlow secured) {
                look(secured);
                callback.connected(secured);
              }

              @Override
              public void failed(IOException cause) {
                callback.failed(cause);
              }
            });
    return handshake::cancel;
  }

  private void look(TlsFlow flow) {
    try {
      Certificate certificate = flow.session().getPeerCertificates()[0];
      if (!certificate.equals(last)) {
        last = certificate;
        shown.accept((X509Certificate) certificate);
      }
    } catch (SSLPeerUnverifiedException e) {
      throw new IllegalStateException("a handshake without a certificate is refused", e);
    }
  }

  /** One dial, from its first packet to the end of its handshake. */
  private final class Dialling implements Dial, Callback, TlsHandshake.Callback {
    private final long timeoutNanos;
    private final Callback callback;
    private Dial beneath;
    private boolean connected;
    private boolean over;
    private ResumingEngines.Dial slot;
    private TlsHandshake handshake;

    Dialling(long timeoutNanos, Callback callback) {
      this.timeoutNanos = timeoutNanos;
      this.callback = callback;
    }

    @Override
    public void connected(Flow flow) {
      connected = true;
      beneath = null;
      slot = engines.dial();
      TlsHandshake begun = TlsHandshake.begin(flow, slot.engine(), executor, timeoutNanos, this);
      if (!over) {
        handshake = begun;
      }
    }

    @Override
    public void connected(TlsFlow flow) {
      over = true;
      handshake = null;
      try {
        trust.checkStillHolds(flow.session());
      } catch (TrustFailure e) {
        IOException cause = TlsHandshake.failure(flow, e.getMessage(), e);
        flow.abort(cause);
        engines.forget(); // so that the next one sees what certificate the server has by now
        endSlot();
        callback.failed(cause);
        return;
      }
      flow.keep(slot);
      look(flow);
      callback.connected(flow);
    }

    @Override
    public void failed(IOException cause) {
      over = true;
      connected = true;
      handshake = null;
      endSlot();
      callback.failed(cause);
    }

    @Override
    public void cancel() {
      over = true;
      if (beneath != null) {
        beneath.cancel();
        beneath = null;
      }
      if (handshake != null) {
        handshake.cancel();
        handshake = null;
        endSlot();
      }
    }

    private void endSlot() {
      if (slot != null) {
        slot.end(/* ticket= */ false);
      }
    }
  }
}
