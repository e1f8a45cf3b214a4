package io.nodepass.testkit;

import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What a man in the middle of mode 1 can work out where nobody has a key: the session secret of
 * each side, from the lines that he has passed on. The two differ, since each side sees another
 * certificate; so he makes the tokens and their answers anew.
 */
public final class TokenForger {
  private final Map<String, SessionSecrets> near = new ConcurrentHashMap<>();
  private final Map<String, SessionSecrets> far = new ConcurrentHashMap<>();

  /**
   * Takes the opening down.
   *
   * @param up hello, open and proof
   * @param down answer, challenge and session
   * @param answered the answer as the client has got it
   */
  void learn(String[] up, String[] down, String answered, String nearBind, String farBind)
      throws IOException {
    String id = SessionText.parse(down[2] + "\n").get("id");
    String behind = String.join("\n", up[1], down[1], up[2], down[2]) + "\n";
    near.put(id, secrets(id, nearBind, up[0] + "\n" + answered + behind));
    far.put(id, secrets(id, farBind, up[0] + "\n" + down[0] + "\n" + behind));
  }

  /** The secrets of a session without TLS or key, of which somebody has read the control lines. */
  public static SessionSecrets overheard(TamperingProxy.Passage control) throws IOException {
    String[] up = control.upText().split("\n");
    String[] down = control.downText().split("\n");
    TokenForger forger = new TokenForger();
    String nothing = SessionSecrets.NOTHING;
    forger.learn(up, down, down[0] + "\n", nothing, nothing);
    return forger.near.values().iterator().next();
  }

  private static SessionSecrets secrets(String id, String bind, String lines) {
    String all = SessionSecrets.transcript(bind, lines);
    return new SessionSecrets(
        id, SessionSecrets.mac(SessionSecrets.NOTHING, "session", all), SessionSecrets.NOTHING);
  }

  /** The client's data line, as the server wants it. */
  String data(SessionText line, String farBind) throws IOException {
    String id = line.get("session");
    String token = far.get(id).token(farBind, Long.parseLong(line.get("n")));
    return SessionText.of("data", "session", id, "n", line.get("n"), "mac", token).raw();
  }

  /** The server's answer to it, as the client wants it. */
  String ready(SessionText data, String nearBind) throws IOException {
    String mac = near.get(data.get("session")).answer(nearBind, Long.parseLong(data.get("n")));
    return SessionText.of("ready", "mac", mac).raw();
  }
}
