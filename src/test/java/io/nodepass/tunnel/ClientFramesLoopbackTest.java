package io.nodepass.tunnel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A session of a client in mode 1: its data connections carry one user after another. */
@Timeout(60)
class ClientFramesLoopbackTest {
  private static final String SIGNAL = "//9f3c01ab?src=192.0.2.1:5#1";

  private SessionServer server;

  @BeforeEach
  void open() throws Exception {
    server = new SessionServer(1).withKey("swordfish");
  }

  @AfterEach
  void close() throws IOException {
    server.close();
  }

  private String url(String parameters) {
    return server.url("swordfish@", parameters);
  }

  private static void expectEcho(Frames user, int flow, Peer target) throws IOException {
    user.send(Frames.DATA, flow, "ping");
    assertEquals("ping", target.read(4));
    target.send("pong");
    assertEquals("pong", user.expect(Frames.DATA, flow));
  }

  private void serve(Frames user, int flow) throws IOException {
    user.send(Frames.OPEN, flow, SIGNAL);
    try (Peer target = server.target()) {
      expectEcho(user, flow, target);
      user.send(Frames.END, flow, "");
      target.expectEnd();
      target.send("bye");
      assertEquals("bye", user.expect(Frames.DATA, flow));
    }
    user.expect(Frames.END, flow);
    user.expect(Frames.DONE, flow);
  }

  @Test
  void aConnectionCarriesOneUserAfterAnother() throws Exception {
    try (RunningTunnel client = RunningTunnel.start(url("&min=1&max=1"));
        SessionServer.Session session = server.open();
        SessionServer.Data link = session.ready()) {
      Frames frames = new Frames(link.peer());
      serve(frames, 1);
      SessionServer.Data other = session.ready(); // which was dialled while none was ready
      serve(frames, 2);
      serve(new Frames(other.peer()), 1);
      serve(frames, 3);
      assertTrue(Peer.nobodyComes(server.tunnel, 150), "dialled more than were in use");
      client.untilRunning(0);
      assertEquals(4, client.tunnel().traffic().snapshot().ended());
    }
  }

  /** Users go to other loops when there are many, and every connection comes home from there. */
  @Test
  void connectionsComeHomeFromOtherLoops() throws Exception {
    int users = 24;
    List<Frames> links = new ArrayList<>();
    List<Peer> targets = new ArrayList<>();
    try (RunningTunnel client = RunningTunnel.start(url("&min=24&max=24"));
        SessionServer.Session session = server.open()) {
      for (int i = 0; i < users; i++) {
        links.add(new Frames(session.ready().peer()));
      }
      for (int flow = 1; flow <= 2; flow++) {
        for (Frames link : links) {
          link.send(Frames.OPEN, flow, SIGNAL);
          targets.add(server.target());
        }
        client.untilRunning(users);
        for (Frames link : links) {
          link.send(Frames.END, flow, "");
        }
        for (Peer target : targets) {
          target.expectEnd();
          target.close();
        }
        targets.clear();
        for (Frames link : links) {
          link.expect(Frames.END, flow);
          link.expect(Frames.DONE, flow);
        }
        client.untilRunning(0);
      }
      assertEquals(2L * users, client.tunnel().traffic().snapshot().ended());
    }
  }

  @Test
  void anOpenRightBehindTheAnswerIsTaken() throws Exception {
    try (RunningTunnel client = RunningTunnel.start(url("&min=1"));
        SessionServer.Session session = server.open();
        SessionServer.Data link = session.data()) {
      link.peer()
          .send(
              "//ready?mac="
                  + link.answer()
                  + "\n"
                  + Frames.text(Frames.OPEN, 1, SIGNAL)
                  + Frames.text(Frames.DATA, 1, "early"));
      try (Peer target = server.target()) {
        assertEquals("early", target.read(5));
        expectEcho(new Frames(link.peer()), 1, target);
        client.untilRunning(1);
      }
    }
  }

  @Test
  void theReasonOfATargetThatRefusesIsTold() throws Exception {
    server.target.close();
    try (RunningTunnel client = RunningTunnel.start(url("&min=1"));
        SessionServer.Session session = server.open();
        SessionServer.Data link = session.ready()) {
      Frames frames = new Frames(link.peer());
      frames.send(Frames.OPEN, 1, SIGNAL);
      String abort = frames.expect(Frames.ABORT, 1);
      assertTrue(abort.contains("127.0.0.1:" + server.target.getLocalPort()), abort);
      link.peer().expectGone();
      client.untilLogged("tcp to target 127.0.0.1:" + server.target.getLocalPort() + " aborted");
      client.untilRunning(0);
      session.ready().close();
    }
  }

  @Test
  void aUserWhoIsAbortedIsAbortedAtTheTarget() throws Exception {
    try (RunningTunnel client = RunningTunnel.start(url("&min=1"));
        SessionServer.Session session = server.open();
        SessionServer.Data link = session.ready()) {
      Frames frames = new Frames(link.peer());
      frames.send(Frames.OPEN, 1, SIGNAL);
      try (Peer target = server.target()) {
        expectEcho(frames, 1, target);
        frames.send(Frames.ABORT, 1, "gone the user has left");
        target.expectAbort();
      }
      client.untilLogged("the user has left");
      client.untilRunning(0);
      session.ready().close();
    }
  }

  @Test
  void anotherKindOfSignalEndsThatConnectionOnly() throws Exception {
    try (RunningTunnel client = RunningTunnel.start(url("&min=1&max=1"));
        SessionServer.Session session = server.open();
        SessionServer.Data link = session.ready()) {
      Frames frames = new Frames(link.peer());
      frames.send(Frames.OPEN, 1, "//9f3c01ab#2");
      assertTrue(frames.expect(Frames.ABORT, 1).contains("not supported yet"));
      link.peer().expectGone();
      client.untilLogged("signal of a kind that is not supported yet: #2");
      try (SessionServer.Data next = session.ready()) {
        serve(new Frames(next.peer()), 1);
      }
    }
  }

  @Test
  void aConnectionInUseOutlivesTheSessionAndEndsAfterIt() throws Exception {
    try (RunningTunnel client = RunningTunnel.start(url("&min=1&max=1"));
        SessionServer.Session session = server.open();
        SessionServer.Data link = session.ready()) {
      Frames frames = new Frames(link.peer());
      frames.send(Frames.OPEN, 1, SIGNAL);
      try (Peer target = server.target();
          SessionServer.Data idle = session.ready()) {
        session.control().close();
        idle.peer().expectGone();
        expectEcho(frames, 1, target);
        frames.send(Frames.END, 1, "");
        target.expectEnd();
      }
      frames.expect(Frames.END, 1);
      frames.expect(Frames.DONE, 1);
      link.peer().expectEnd(); // and no reset, which could take bytes with it
      client.untilRunning(0);
    }
  }

  @Test
  void whatWaitsForRoomIsDialledForLaterAndKeepsItsBytes() throws Exception {
    try (RunningTunnel client = RunningTunnel.start(url("&min=2&max=2&semaphore_limit=1"));
        SessionServer.Session session = server.open();
        SessionServer.Data first = session.ready();
        SessionServer.Data second = session.ready()) {
      Frames one = new Frames(first.peer());
      Frames two = new Frames(second.peer());
      one.send(Frames.OPEN, 1, SIGNAL);
      try (Peer target = server.target()) {
        two.send(Frames.OPEN, 1, SIGNAL);
        two.send(Frames.DATA, 1, "pat");
        two.send(Frames.DATA, 1, "ience");
        two.send(Frames.END, 1, "");
        assertTrue(Peer.nobodyComes(server.target, 100), "beyond the limit");
        expectEcho(one, 1, target);
        one.send(Frames.END, 1, "");
        target.expectEnd();
      }
      try (Peer target = server.target()) {
        assertEquals("patience", target.read(8));
        target.expectEnd();
      }
      two.expect(Frames.END, 1);
      two.expect(Frames.DONE, 1);
      client.untilRunning(0);
    }
  }

  @Test
  void withoutAKeyTheCertificateIsShownAndTheSessionOpened() throws Exception {
    try (SessionServer open = new SessionServer(1);
        RunningTunnel client = RunningTunnel.start(open.url("&min=1"));
        SessionServer.Session session = open.open();
        SessionServer.Data link = session.ready()) {
      client.untilLogged("not verified: pin=sha256:");
      client.untilLogged(", tls=1, target ");
      Frames frames = new Frames(link.peer());
      frames.send(Frames.OPEN, 1, SIGNAL);
      try (Peer target = open.target()) {
        expectEcho(frames, 1, target);
      }
      assertFalse(client.log.has("WARN"), client.log::toString);
    }
  }

  @Test
  void aServerThatHasShownTlsIsHeldToIt() throws Exception {
    try (SessionServer open = new SessionServer(1);
        RunningTunnel client = RunningTunnel.start(open.url("&min=1&max=1"))) {
      try (SessionServer.Session session = open.open();
          SessionServer.Data link = session.ready()) {
        client.untilLogged("client ready");
        assertTrue(link.peer().isSilentFor(20));
      }
      try (SessionServer.Opening opening = open.hello()) {
        opening.peer().send("//10101?v=2#0\n");
        opening.peer().expectGone();
      }
      client.untilLogged("offers tls=0 now and offered tls=1 before: start this client again");
    }
  }
}
