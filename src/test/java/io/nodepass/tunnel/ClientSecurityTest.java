package io.nodepass.tunnel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.nodepass.config.TlsMode;
import io.nodepass.config.TunnelConfig;
import io.nodepass.config.TunnelUrl;
import io.nodepass.reactor.Clock;
import io.nodepass.reactor.EventLoop;
import io.nodepass.reactor.EventLoops;
import io.nodepass.relay.RelayLimits;
import io.nodepass.transport.Resolver;
import io.nodepass.transport.tcp.TcpDialer;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a client hears of its TLS. */
@Timeout(60)
class ClientSecurityTest {
  @Test
  void anErrorWhileTheIssuersAreReadIsTold() throws Exception {
    KeptLog log = new KeptLog();
    TunnelConfig config =
        TunnelUrl.parse("client://127.0.0.1:1/127.0.0.1:2?loops=1", Map.of(), log::warn);
    ScheduledExecutorService tasks = Executors.newSingleThreadScheduledExecutor();
    try (EventLoops loops = EventLoops.start(1, Clock.SYSTEM, log);
        Resolver resolver = new Resolver()) {
      EventLoop home = loops.all().get(0);
      TunnelContext context =
          new TunnelContext(
              config,
              loops,
              home,
              new TcpDialer(resolver),
              tasks,
              RelayLimits.DEFAULTS,
              Set.of(),
              log);
      ClientSecurity security =
          new ClientSecurity(
              context,
              Optional.empty(),
              mode -> {
                throw new OutOfMemoryError("none is left");
              });
      CompletableFuture<String> failed = new CompletableFuture<>();
      home.execute(() -> security.prepare(TlsMode.VERIFIED, new Telling(failed)));
      assertEquals(
          "TLS cannot be used: java.lang.OutOfMemoryError: none is left",
          failed.get(10, TimeUnit.SECONDS));
    } finally {
      tasks.shutdownNow();
    }
  }

  @Test
  void whoVerifiesNothingIsToldHowAndForHowLong() throws Exception {
    try (RunningTunnel server = RunningTunnel.server("&tls=1");
        RunningTunnel client =
            RunningTunnel.start(
                "client://127.0.0.1:" + server.control().getPort() + "/127.0.0.1:9?loops=1")) {
      client.untilLogged(", not verified: pin=sha256:");
      client.untilLogged(" would do so until the server starts again");
    }
  }

  private record Telling(CompletableFuture<String> failed) implements ClientSecurity.Outcome {
    @Override
    public void prepared(ClientSecurity.Dialling dialling) {
      failed.completeExceptionally(new AssertionError("prepared: " + dialling));
    }

    @Override
    public void failed(String reason) {
      failed.complete(reason);
    }
  }
}
