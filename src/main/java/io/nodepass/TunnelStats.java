package io.nodepass;

/**
 * What one tunnel has carried since it was started, at about one moment: the numbers are read one
 * after the other while connections come and go. Ends are read before beginnings, so that {@link
 * #running} is never negative. None of the totals ever falls.
 *
 * <p>The bytes of a connection that still runs are added every REPORT_INTERVAL (5 s unless the URL
 * says {@code report_interval=}; never when that is 0), the rest of them at its end.
 *
 * @param admitted connections that hold a place under SEMAPHORE_LIMIT now: those that run, and
 *     those that wait for the other end or for the target
 * @param opened connections that began to be carried
 * @param ended those of them that ended cleanly
 * @param aborted those of them that were broken off, by a peer, an error or {@link NodePass#close}
 * @param refused connections that came and were never carried: turned away, given up while they
 *     waited, or without a target that could be reached
 * @param bytesIn from users to the service
 * @param bytesOut from the service to users
 */
public record TunnelStats(
    int admitted,
    long opened,
    long ended,
    long aborted,
    long refused,
    long bytesIn,
    long bytesOut) {
  /** Connections that are carried now: begun, and not come to an end. */
  public long running() {
    return opened - ended - aborted;
  }
}
