package io.nodepass.testkit;

import io.nodepass.testkit.SessionServerPlan.Misdeed;
import java.io.IOException;
import java.net.ProtocolException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.List;

/** The server's side of an opening, from {@code //open} to its proof. */
final class SessionAdmission {
  private final Crew crew;
  private final SessionServerPlan plan;
  private final SessionPipe pipe;

  SessionAdmission(Crew crew, SessionServerPlan plan, SessionPipe pipe) {
    this.crew = crew;
    this.plan = plan;
    this.pipe = pipe;
  }

  /** What it says when it refuses. */
  static final class Refusal extends IOException {
    private static final long serialVersionUID = 1L;

    final String code;

    Refusal(String code, String text) {
      super(text);
      this.code = code;
    }
  }

  /**
   * Opens a session.
   *
   * @param inTheOpen hello and answer
   * @param sessions those before; the new one is added before the client can use it
   */
  ServedSession admit(String inTheOpen, List<ServedSession> sessions) throws IOException {
    SessionText open = pipe.text("open");
    String client = open.hex("client", 32);
    String nonce = open.hex("nonce", 64);
    long least = number(open.get("min"), open);
    if (number(open.get("max"), open) < least || !open.get("carry").equals("tcp")) {
      throw new ProtocolException("not of this dialect: " + open.raw());
    }
    if (!open.get("flow").equals("reverse")) {
      throw new Refusal("flow", "only reverse here");
    }
    compareAuth(open.get("auth"));
    String claimed = plan.claimedKey();
    SessionText challenge =
        SessionText.of(
            "challenge",
            "nonce",
            SessionSecrets.random(32),
            "auth",
            claimed == null ? "none" : "key");
    pipe.say(challenge.raw());
    String bind = pipe.bind();
    String key = SessionSecrets.stretched(claimed);
    String soFar = inTheOpen + open.raw() + challenge.raw();
    SessionText proof = pipe.text("proof");
    if (claimed != null && !plan.does(Misdeed.REFLECTED_PROOF)) {
      String right = SessionSecrets.mac(key, "client", SessionSecrets.transcript(bind, soFar));
      if (!same(right, proof.get("mac"))) {
        throw new Refusal("key-wrong", "compare the keys");
      }
    }
    String id = SessionSecrets.random(16);
    SessionText session =
        SessionText.of(
            "session",
            "id",
            id,
            "secret",
            SessionSecrets.random(32),
            "beat",
            Long.toString(plan.beat.toMillis()));
    String all = SessionSecrets.transcript(bind, soFar + proof.raw() + session.raw());
    SessionSecrets secrets =
        new SessionSecrets(id, SessionSecrets.mac(key, "session", all), client);
    ServedSession before = resumed(sessions, open.fields().get("resume"), nonce, client);
    ServedSession opened = new ServedSession(crew, pipe, secrets, open, plan.beat, before != null);
    sessions.add(opened);
    String mac = SessionSecrets.mac(key, "server", all);
    pipe.say(session.raw() + returned(claimed, mac, proof).raw());
    if (before != null) {
      before.stop();
    }
    return opened;
  }

  private void compareAuth(String auth) throws IOException {
    boolean client = auth.equals("key");
    if (!client && !auth.equals("none")) {
      throw new ProtocolException("auth=" + auth);
    }
    if (!plan.does(Misdeed.KEYLESS) && client != (plan.key != null)) {
      throw client
          ? new Refusal("key-unexpected", "give this end the same key")
          : new Refusal("key-missing", "give the other end the same key");
    }
  }

  private SessionText returned(String key, String mac, SessionText proof) throws IOException {
    if (key == null || plan.does(Misdeed.NO_PROOF)) {
      return SessionText.of("proof");
    }
    if (plan.does(Misdeed.REFLECTED_PROOF)) {
      return proof;
    }
    return SessionText.of(
        "proof", "mac", plan.does(Misdeed.WRONG_PROOF) ? SessionSecrets.spoilt(mac) : mac);
  }

  private static ServedSession resumed(
      List<ServedSession> sessions, String resume, String nonce, String client) {
    for (ServedSession each : sessions) {
      if (resume != null
          && each.end() == null
          && each.secrets().client().equals(client)
          && same(each.secrets().resumption(nonce), resume)) {
        return each;
      }
    }
    return null;
  }

  static long number(String digits, SessionText line) throws IOException {
    try {
      return Long.parseUnsignedLong(digits);
    } catch (NumberFormatException e) {
      throw new ProtocolException("not a number in: " + line.raw().strip());
    }
  }

  static boolean same(String one, String other) {
    return MessageDigest.isEqual(
        one.getBytes(StandardCharsets.US_ASCII), other.getBytes(StandardCharsets.US_ASCII));
  }
}
