package io.nodepass.testkit;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;

/** How a {@link SessionClientDouble} is set up. Each call changes it. */
public final class SessionClientPlan {
  String key;
  String client = SessionSecrets.random(16);
  String host = "localhost";
  Path issuers;
  int leastMode;
  int pool = 4;
  int most = 64;
  Duration helloDelay = Duration.ZERO;
  boolean bytewise;
  boolean wrongProof;
  SessionSecrets resumed;
  boolean wrongResumption;
  SessionClientDouble.Service service;
  InetSocketAddress target;

  String auth() {
    return key == null ? "none" : "key";
  }

  public SessionClientPlan key(String shared) {
    key = shared;
    return this;
  }

  /** The least mode it accepts. */
  public SessionClientPlan atLeast(int mode) {
    leastMode = mode;
    return this;
  }

  /** Whom it trusts in mode 2, a PEM file. */
  public SessionClientPlan trusting(Path pem) {
    issuers = pem;
    return this;
  }

  /** Connections kept ready, and the most; none at all with a pool of 0. */
  public SessionClientPlan pool(int ready, int atMost) {
    pool = ready;
    most = atMost;
    return this;
  }

  /** Its hello comes late. */
  public SessionClientPlan helloAfter(Duration delay) {
    helloDelay = delay;
    return this;
  }

  /** Its hello comes in segments of one byte. */
  public SessionClientPlan bytewise() {
    bytewise = true;
    return this;
  }

  public SessionClientPlan wrongProof() {
    wrongProof = true;
    return this;
  }

  /** Shows that it had this session. */
  public SessionClientPlan resume(SessionSecrets before) {
    resumed = before;
    client = before.client();
    return this;
  }

  /** Claims that it had this session. */
  public SessionClientPlan resumeWrongly(SessionSecrets before) {
    wrongResumption = true;
    return resume(before);
  }

  public SessionClientPlan service(SessionClientDouble.Service instead) {
    service = instead;
    return this;
  }

  /** Opens the session before it returns; the exception is the server's refusal. */
  public SessionClientDouble start(InetSocketAddress tunnel) throws IOException {
    return new SessionClientDouble(this, tunnel);
  }
}
