package io.nodepass.tunnel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * What depends on what. The values themselves are compared with those of docs/protocol.md by {@link
 * DocumentedSessionTest}.
 */
class SessionKeysTest {
  private static final byte[] KEY = bytes(7);
  private static final byte[] BIND = bytes(9);
  private static final List<String> LINES =
      List.of("//hello?v=2", "//1?v=2#1", "//open?a=1", "//challenge?b=2");

  private static byte[] bytes(int value) {
    byte[] bytes = new byte[SessionKeys.SIZE];
    Arrays.fill(bytes, (byte) value);
    return bytes;
  }

  private static SessionKeys keys(byte[] key, byte[] bind, List<String> lines)
      throws ProtocolException {
    SessionKeys keys = new SessionKeys(key, bind);
    for (String line : lines) {
      keys.add(SessionLine.parse(line));
    }
    return keys;
  }

  @Test
  void bothEndsComeToTheSame() throws ProtocolException {
    SessionKeys client = keys(KEY, BIND, LINES);
    SessionKeys server = keys(KEY.clone(), BIND.clone(), LINES);
    assertArrayEquals(client.clientProof(), server.clientProof());
    client.add(SessionLine.of("session").with("id", "x").build());
    server.add(SessionLine.parse("//session?id=x"));
    assertArrayEquals(client.serverProof(), server.serverProof());
    assertArrayEquals(client.secret(), server.secret());
  }

  @Test
  void everyInputChangesEveryOutput() throws ProtocolException {
    List<SessionKeys> all = new ArrayList<>();
    all.add(keys(KEY, BIND, LINES));
    all.add(keys(bytes(8), BIND, LINES));
    all.add(keys(null, BIND, LINES));
    all.add(keys(KEY, bytes(8), LINES));
    all.add(keys(KEY, SessionKeys.noCertificate(), LINES));
    all.add(keys(KEY, BIND, LINES.subList(0, 3)));
    for (int i = 0; i < LINES.size(); i++) {
      List<String> changed = new ArrayList<>(LINES);
      changed.set(i, changed.get(i).replaceFirst("\\d", "3"));
      all.add(keys(KEY, BIND, changed));
    }
    Set<String> seen = new HashSet<>();
    for (SessionKeys keys : all) {
      assertTrue(seen.add(Hex.of(keys.clientProof())));
      assertTrue(seen.add(Hex.of(keys.serverProof())));
      assertTrue(seen.add(Hex.of(keys.secret())));
    }
    assertEquals(3 * all.size(), seen.size());
  }

  @Test
  void aTokenIsOfOneSecretCertificateAndNumberAndNoAnswer() {
    Set<String> seen = new HashSet<>();
    for (long number : new long[] {1, 2, 1L << 32, 1L << 62}) {
      for (byte[] secret : List.of(KEY, BIND)) {
        for (byte[] bind : List.of(BIND, SessionKeys.noCertificate())) {
          assertTrue(seen.add(Hex.of(SessionKeys.token(secret, bind, number))));
          assertTrue(seen.add(Hex.of(SessionKeys.answer(secret, bind, number))));
        }
      }
    }
    assertArrayEquals(SessionKeys.token(KEY, BIND, 5), SessionKeys.token(KEY, BIND, 5));
  }

  @Test
  void aResumptionIsOfOneSecretNonceAndClient() {
    byte[] client = Arrays.copyOf(BIND, 16);
    byte[] other = Arrays.copyOf(KEY, 16);
    Set<String> seen = new HashSet<>();
    assertTrue(seen.add(Hex.of(SessionKeys.resumption(KEY, BIND, client))));
    assertTrue(seen.add(Hex.of(SessionKeys.resumption(BIND, BIND, client))));
    assertTrue(seen.add(Hex.of(SessionKeys.resumption(KEY, KEY, client))));
    assertTrue(seen.add(Hex.of(SessionKeys.resumption(KEY, BIND, other))));
  }

  @Test
  void noKeyCountsAsZeros() throws ProtocolException {
    assertArrayEquals(keys(null, BIND, LINES).secret(), keys(new byte[32], BIND, LINES).secret());
  }

  @Test
  void macsAreTheSameOnlyWhenEveryByteIs() {
    byte[] other = KEY.clone();
    assertTrue(SessionKeys.same(KEY, other));
    other[31] ^= 1;
    assertFalse(SessionKeys.same(KEY, other));
    assertFalse(SessionKeys.same(KEY, Arrays.copyOf(KEY, 31)));
  }
}
