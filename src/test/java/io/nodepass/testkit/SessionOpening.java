package io.nodepass.testkit;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Arrays;

/**
 * The client's side of an opened session.
 *
 * @param control right behind the server's proof
 * @param tls by which data connections are made; null in mode 0
 * @param mode of the TLS
 * @param beat milliseconds; 0 for none
 * @param sayings what the client has said, line by line
 */
record SessionOpening(
    SessionPipe control,
    SessionSecrets secrets,
    SessionTls tls,
    int mode,
    long beat,
    String sayings) {
  private static final Duration LATE = Duration.ofSeconds(2);

  /**
   * Opens one.
   *
   * @throws SessionRefused when the server refuses
   * @throws IOException when it ends, or is not what it should be
   */
  static SessionOpening open(SessionClientPlan plan, InetSocketAddress tunnel) throws IOException {
    SessionPipe pipe = SessionPipe.dial(tunnel);
    try {
      return open(plan, pipe);
    } catch (IOException e) {
      pipe.close();
      throw e;
    }
  }

  private static SessionOpening open(SessionClientPlan plan, SessionPipe pipe) throws IOException {
    pause(plan.helloDelay);
    String hello = SessionText.of("hello", "v", "2").raw();
    if (plan.bytewise) {
      pipe.sayBytewise(hello);
    } else {
      pipe.say(hello);
    }
    SessionText answer = answer(pipe);
    if (!answer.get("v").equals("2")) {
      throw new IOException("another version: " + answer.raw().strip());
    }
    int mode = mode(answer.kind());
    if (mode < plan.leastMode) {
      throw new IOException("offers tls=" + mode + ", wanted at least " + plan.leastMode);
    }
    SessionTls tls =
        mode == 0 ? null : SessionTls.client(plan.host, mode == 2 ? plan.issuers : null);
    if (tls != null) {
      pipe.connect(tls);
    }
    String nonce = SessionSecrets.random(32);
    SessionText open = opening(plan, nonce);
    pipe.say(open.raw());
    SessionText challenge = pipe.text("challenge");
    challenge.hex("nonce", 64);
    String auth = challenge.get("auth");
    if (!auth.equals(plan.auth())) {
      throw new IOException("the server says auth=" + auth);
    }
    String key = SessionSecrets.stretched(plan.key);
    String bind = pipe.bind();
    String soFar =
        SessionSecrets.transcript(bind, hello, answer.raw(), open.raw(), challenge.raw());
    String mac = SessionSecrets.mac(key, "client", soFar);
    SessionText proof =
        plan.key == null
            ? SessionText.of("proof")
            : SessionText.of("proof", "mac", plan.wrongProof ? SessionSecrets.spoilt(mac) : mac);
    pipe.say(proof.raw());
    SessionText session = pipe.text("session");
    session.hex("secret", 64);
    String all =
        SessionSecrets.transcript(
            bind, hello, answer.raw(), open.raw(), challenge.raw(), proof.raw(), session.raw());
    SessionText returned = pipe.text("proof");
    if (plan.key != null && !returned.get("mac").equals(SessionSecrets.mac(key, "server", all))) {
      throw new IOException("the server's proof is wrong");
    }
    SessionSecrets secrets =
        new SessionSecrets(
            session.hex("id", 32), SessionSecrets.mac(key, "session", all), plan.client);
    long beat = Long.parseLong(session.get("beat"));
    return new SessionOpening(pipe, secrets, tls, mode, beat, hello + open.raw() + proof.raw());
  }

  private static void pause(Duration time) throws IOException {
    try {
      Thread.sleep(time.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  /** Behind a line of the legacy dialect the server's own may follow. */
  private static SessionText answer(SessionPipe pipe) throws IOException {
    SessionText first = pipe.text();
    if (first.fields().containsKey("v")) {
      return first;
    }
    try {
      pipe.patience(LATE);
      SessionText second = pipe.text();
      pipe.patience(SessionClientDouble.PATIENCE);
      return second;
    } catch (SocketTimeoutException | EOFException e) {
      throw new IOException("speaks the legacy dialect: " + first.raw().strip(), e);
    }
  }

  private static int mode(String kind) throws IOException {
    return switch (kind) {
      case "0" -> 0;
      case "1" -> 1;
      case "2" -> 2;
      default -> throw new IOException("no TLS mode: " + kind);
    };
  }

  private static SessionText opening(SessionClientPlan plan, String nonce) {
    String[] fixed = {
      "client",
      plan.client,
      "nonce",
      nonce,
      "auth",
      plan.auth(),
      "min",
      Integer.toString(plan.pool),
      "max",
      Integer.toString(plan.most),
      "flow",
      "reverse",
      "carry",
      "tcp"
    };
    if (plan.resumed == null) {
      return SessionText.of("open", fixed);
    }
    String resume = plan.resumed.resumption(nonce);
    String[] all = Arrays.copyOf(fixed, fixed.length + 2);
    all[fixed.length] = "resume";
    all[fixed.length + 1] = plan.wrongResumption ? SessionSecrets.spoilt(resume) : resume;
    return SessionText.of("open", all);
  }
}
