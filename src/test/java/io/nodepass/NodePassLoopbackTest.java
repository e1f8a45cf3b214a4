package io.nodepass;

import static io.nodepass.TunnelPair.SILENT;
import static io.nodepass.TunnelPair.SOON;
import static io.nodepass.TunnelPair.THREADS;
import static io.nodepass.TunnelPair.abort;
import static io.nodepass.TunnelPair.clientUrl;
import static io.nodepass.TunnelPair.connect;
import static io.nodepass.TunnelPair.expect;
import static io.nodepass.TunnelPair.expectAbort;
import static io.nodepass.TunnelPair.expectEnd;
import static io.nodepass.TunnelPair.patient;
import static io.nodepass.TunnelPair.send;
import static io.nodepass.TunnelPair.until;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.nodepass.config.TunnelConfig;
import io.nodepass.config.TunnelUrl;
import io.nodepass.tunnel.Tunnel;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Users' connections through both ends of a tunnel, as an embedding program sees them. */
@Timeout(60)
class NodePassLoopbackTest {
  @Test
  void threeHundredConnectionsAfterEachOtherAreCarriedAndCounted() throws Exception {
    try (TunnelPair pair = new TunnelPair()) {
      for (int i = 0; i < 300; i++) {
        try (Socket user = pair.user()) {
          send(user, "ping " + i + " ");
          try (Socket target = pair.accept()) {
            expect(target, "ping " + i + " ");
            send(target, "pong");
            expect(user, "pong");
            user.shutdownOutput();
            expectEnd(target);
          }
          expectEnd(user);
        }
      }
      long bytesIn = 0;
      for (int i = 0; i < 300; i++) {
        bytesIn += ("ping " + i + " ").length();
      }
      for (NodePass end : List.of(pair.server, pair.client)) {
        until(() -> end.stats().ended() == 300, "not all have ended");
        until(() -> end.stats().admitted() == 0, "not all have left");
        assertEquals(new TunnelStats(0, 300, 300, 0, 0, bytesIn, 300 * 4), end.stats());
      }
    }
  }

  @Test
  void twoHundredConnectionsAtOnceAreCarried() throws Exception {
    try (TunnelPair pair = new TunnelPair()) {
      List<Socket> users = new ArrayList<>();
      List<Socket> targets = new ArrayList<>();
      try {
        for (int i = 0; i < 200; i++) {
          users.add(pair.user());
          send(users.get(i), "user " + (1000 + i));
        }
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < 200; i++) {
          Socket target = pair.accept();
          targets.add(target);
          byte[] name = target.getInputStream().readNBytes(9);
          seen.add(new String(name, StandardCharsets.US_ASCII));
          target.getOutputStream().write(name);
        }
        assertEquals(200, seen.size());
        assertEquals(200, pair.server.stats().running());
        for (int i = 0; i < 200; i++) {
          expect(users.get(i), "user " + (1000 + i));
        }
      } finally {
        for (Socket socket : users) {
          socket.close();
        }
        for (Socket socket : targets) {
          socket.close();
        }
      }
    }
  }

  @Test
  void aUserMayEndFirst() throws Exception {
    try (TunnelPair pair = new TunnelPair();
        Socket user = pair.user()) {
      send(user, "question");
      user.shutdownOutput();
      try (Socket target = pair.accept()) {
        expect(target, "question");
        expectEnd(target);
        send(target, "answer");
        expect(user, "answer");
        target.shutdownOutput();
        expectEnd(user);
      }
      until(() -> pair.server.stats().ended() == 1, "has not ended cleanly");
    }
  }

  @Test
  void aTargetMayEndFirst() throws Exception {
    try (TunnelPair pair = new TunnelPair();
        Socket user = pair.user();
        Socket target = pair.accept()) {
      send(target, "banner");
      target.shutdownOutput();
      expect(user, "banner");
      expectEnd(user);
      send(user, "question");
      expect(target, "question");
      user.shutdownOutput();
      expectEnd(target);
      until(() -> pair.client.stats().ended() == 1, "has not ended cleanly");
    }
  }

  @Test
  void fiftyMegabytesBothWaysAtOnceArriveUnchanged() throws Exception {
    try (TunnelPair pair = new TunnelPair();
        Socket user = pair.user();
        Socket target = pair.accept()) {
      CompletableFuture<Void> there = CompletableFuture.runAsync(() -> pour(user, 1), THREADS);
      CompletableFuture<Void> back = CompletableFuture.runAsync(() -> pour(target, 2), THREADS);
      CompletableFuture<Void> arrived = CompletableFuture.runAsync(() -> drain(target, 1), THREADS);
      drain(user, 2);
      CompletableFuture.allOf(there, back, arrived).get(30, TimeUnit.SECONDS);
    }
  }

  private static final int BLOCKS = 800;
  private static final int BLOCK = 64 * 1024;

  private static void pour(Socket socket, long seed) {
    Random random = new Random(seed);
    byte[] block = new byte[BLOCK];
    try {
      for (int i = 0; i < BLOCKS; i++) {
        random.nextBytes(block);
        socket.getOutputStream().write(block);
      }
      socket.shutdownOutput();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void drain(Socket socket, long seed) {
    Random random = new Random(seed);
    byte[] block = new byte[BLOCK];
    try {
      InputStream in = socket.getInputStream();
      for (int i = 0; i < BLOCKS; i++) {
        random.nextBytes(block);
        assertArrayEquals(block, in.readNBytes(BLOCK), "block " + i + " of seed " + seed);
      }
      expectEnd(socket);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void theAbortOfAUserReachesTheTargetAsAnAbort() throws Exception {
    try (TunnelPair pair = new TunnelPair();
        Socket user = pair.user();
        Socket target = pair.accept()) {
      send(user, "x");
      expect(target, "x");
      abort(user);
      expectAbort(target);
      until(() -> pair.server.stats().aborted() == 1, "was not counted as failed");
      until(() -> pair.client.stats().aborted() == 1, "was not counted as failed");
    }
  }

  @Test
  void theAbortOfATargetReachesTheUserAsAnAbort() throws Exception {
    try (TunnelPair pair = new TunnelPair();
        Socket user = pair.user();
        Socket target = pair.accept()) {
      abort(target);
      expectAbort(user);
    }
  }

  @Test
  void aTargetThatIsNotThereIsAnAbortForTheUser() throws Exception {
    try (TunnelPair pair = new TunnelPair()) {
      pair.target.close();
      try (Socket user = pair.user()) {
        expectAbort(user);
      }
      until(() -> pair.client.stats().refused() == 1, "was not counted as refused");
    }
  }

  @Test
  void twoTunnelsOfOneProcessDoNotMix() throws Exception {
    try (ServerSocket targetA = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        ServerSocket targetB = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        NodePass serverA = NodePass.start("server://127.0.0.1:0/127.0.0.1:0", SILENT);
        NodePass serverB = NodePass.start("server://127.0.0.1:0/127.0.0.1:0", SILENT)) {
      List<TunnelConfig> configs =
          List.of(
              TunnelUrl.parse(clientUrl(serverA, targetA), Map.of(), warning -> {}),
              TunnelUrl.parse(clientUrl(serverB, targetB), Map.of(), warning -> {}));
      try (TunnelGroup clients = TunnelGroup.start(configs, config -> SILENT)) {
        for (Tunnel client : clients.tunnels()) {
          client.ready().get(SOON.toSeconds(), TimeUnit.SECONDS);
        }
        try (Socket userB = connect(serverB);
            Socket userA = connect(serverA);
            Socket atA = patient(targetA.accept());
            Socket atB = patient(targetB.accept())) {
          send(userA, "to A");
          send(userB, "to B");
          expect(atA, "to A");
          expect(atB, "to B");
        }
      }
    }
  }
}
