package io.nodepass.testkit;

import java.io.IOException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;

/** How a {@link SessionServerDouble} is set up. Each call changes it. */
public final class SessionServerPlan {
  int port;
  int mode;
  Openssl.Issued identity;
  String key;
  Duration beat = Duration.ofSeconds(5);
  Duration answerDelay = Duration.ZERO;
  boolean legacyFirst;
  final Set<Misdeed> misdeeds = EnumSet.noneOf(Misdeed.class);

  /** What a server should not do. */
  public enum Misdeed {
    /** Its proof is wrong in the last digit. */
    WRONG_PROOF,
    /** Its proof is the client's own, and it takes whatever the client shows. */
    REFLECTED_PROOF,
    /** It proves nothing, although it has said {@code auth=key}. */
    NO_PROOF,
    /** It says {@code auth=none} to a client with a key. */
    KEYLESS,
    /** Its answer to a data line is wrong in the last digit. */
    WRONG_READY
  }

  public SessionServerPlan port(int instead) {
    port = instead;
    return this;
  }

  /** What it shows in mode 1 or 2. */
  public SessionServerPlan tls(int instead, Openssl.Issued shown) {
    mode = instead;
    identity = shown;
    return this;
  }

  public SessionServerPlan key(String shared) {
    key = shared;
    return this;
  }

  /** The signs of life; zero for none. */
  public SessionServerPlan beat(Duration instead) {
    beat = instead;
    return this;
  }

  /** Answers a hello so much later. */
  public SessionServerPlan answerAfter(Duration delay) {
    answerDelay = delay;
    return this;
  }

  /** Greets in the legacy dialect first, as long as it has had no session, and answers later. */
  public SessionServerPlan legacyFirst() {
    legacyFirst = true;
    return this;
  }

  public SessionServerPlan misdeed(Misdeed misdeed) {
    misdeeds.add(misdeed);
    return this;
  }

  public SessionServerDouble start() throws IOException {
    return new SessionServerDouble(this);
  }

  boolean does(Misdeed misdeed) {
    return misdeeds.contains(misdeed);
  }

  /** The key that it admits to having. */
  String claimedKey() {
    return does(Misdeed.KEYLESS) ? null : key;
  }
}
