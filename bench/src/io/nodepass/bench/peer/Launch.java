package io.nodepass.bench.peer;

import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * One process of a peer.
 *
 * @param role names its log file: server, client
 * @param environment added to the driver's own
 * @param listensOn the TCP port that must listen before the next process is started
 */
public record Launch(
    String role, List<String> command, Map<String, String> environment, OptionalInt listensOn) {}
