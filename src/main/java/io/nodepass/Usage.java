package io.nodepass;

import io.nodepass.config.Variable;

/** What {@code --help} says. */
final class Usage {
  private static final String FORMS =
      """
      NodePass carries TCP connections through a tunnel between two machines.

      Usage:
        nodepass "server://[<key>@]<tunnel_addr>/<target_addr>?<parameters>" ...
        nodepass "client://[<key>@]<tunnel_addr>/<target_addr>?<parameters>" ...
        nodepass keygen       print a new key for both ends
        nodepass demo         show a tunnel at work on this machine
        nodepass --help       print this text
        nodepass --version    print the version

      A server listens on tunnel_addr for its client, and on target_addr for users.
      A client dials the server's tunnel_addr, and target_addr for each user.
      An address is host:port, [IPv6]:port or :port (all interfaces, IPv6 and IPv4,
      when listening, this machine when dialling). Several URLs run several tunnels.
      With a key both ends prove that they have it, and TLS is on. Other users of the
      machine can read it in the URL: better name a file, or set NODEPASS_KEY.

      Parameters:
        log=debug|info|warn|error|fatal   least severe level written (info)
        tls=0|1|2                         server: no TLS (0), TLS 1.3 with a self-made
                                          certificate (1) or with yours (2);
                                          client: the least that it accepts;
                                          both 0, and 1 with a key
        crt=file, key=file                PEM: certificate chain and key; server
        ca=file                           PEM: issuers to trust besides the system's,
                                          client; means tls=2 if tls is not given
        pin=sha256:hex                    the only certificate accepted, client; means
                                          tls=1 if tls is not given
        secret_file=file                  a file that holds the key and nothing else
        insecure=1                        a key may go without TLS; the server
                                          needs tls=0 besides
        mode=auto|reverse                 direction (auto); also 0, 1
        type=auto|tcp                     transport (auto); tcp also 0
        proto=auto|legacy|session         dialect spoken between the two ends (auto)
        ports=lo-hi                       data port for clients of the legacy dialect
                                          (1024-8192), server only
        unproven=n                        most connections that have proved nothing
                                          yet (512), server only
        loops=n                           event loops (0: one per core)
        min=n, max=n                      short for min_ and max_pool_capacity

      Environment variables; in lower case they are parameters too, which win:
      """;

  private static final String REST =
      """
      NODEPASS_KEY is the shared key of every URL that names none.

      Durations are written like 300ms, 5s, 1m30s or 1.5h. 0 stands for the smallest
      limit that works, and switches an interval off.

      Exit codes:
        0         ended as asked, by SIGINT or SIGTERM: connections drained, or
                  aborted after SHUTDOWN_TIMEOUT
        64        the command line is wrong
        70        an address cannot be listened on, or an internal error
        78        a URL, a file that it names or NODEPASS_KEY cannot be used
        130, 143  ended at once by a second signal: SIGINT, SIGTERM

      Examples:
        nodepass "server://:10101/:8080"
        nodepass "client://server.example.com:10101/127.0.0.1:80"
        nodepass "server://:10101/:8080?tls=2&crt=chain.pem&key=key.pem"
        nodepass "client://server.example.com:10101/127.0.0.1:80?ca=roots.pem"
        nodepass "server://:10101/:8080?secret_file=/etc/nodepass/key"
        nodepass "server://[::]:10101/127.0.0.1:5432?log=debug&min=4&max=64"
      """;

  private Usage() {}

  /** The whole text, ending in a line break. */
  static String text() {
    StringBuilder out = new StringBuilder(4096).append(FORMS);
    for (Variable variable : Variable.values()) {
      out.append("  ");
      column(out, variable.name(), 19);
      column(out, variable.defaultText(), 6);
      out.append(variable.meaning()).append('\n');
    }
    return out.append('\n').append(REST).toString();
  }

  private static void column(StringBuilder out, String text, int width) {
    out.append(text);
    for (int i = text.length(); i < width; i++) {
      out.append(' ');
    }
  }
}
