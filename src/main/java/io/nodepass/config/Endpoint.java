package io.nodepass.config;

/**
 * A host and a port as they were written. The host is a name, an IPv4 literal or an IPv6 literal
 * without brackets; empty means every interface when listening and loopback when dialling.
 *
 * @param host never null, may be empty
 * @param port 0..65535; 0 asks the system for a free port when listening
 */
public record Endpoint(String host, int port) {
  @Override
  public String toString() {
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
  }
}
