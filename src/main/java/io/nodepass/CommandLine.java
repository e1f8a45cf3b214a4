package io.nodepass;

import io.nodepass.config.NearestName;
import io.nodepass.config.Quoted;
import java.util.ArrayList;
import java.util.List;

/** What the arguments ask for. Tunnel URLs are told from words here, but not yet read. */
sealed interface CommandLine {
  /** What a misspelt word may have been meant for. */
  List<String> WORDS = List.of("--help", "--version", "demo", "keygen", "help", "version");

  /** Run these tunnels, at least one. */
  record Run(List<String> urls) implements CommandLine {}

  /** Show a tunnel at work on this machine. */
  record Demo() implements CommandLine {}

  /** Print a new key for both ends and exit 0. */
  record KeyGen() implements CommandLine {}

  /** Print {@link Usage#text} and exit 0. */
  record Help() implements CommandLine {}

  /** Print {@link Version#line} and exit 0. */
  record Version() implements CommandLine {}

  /** Print this text, which may have several lines, on stderr and exit {@link ExitCode#USAGE}. */
  record UsageError(String text) implements CommandLine {}

  /** Never throws; takes the arguments as the JVM gives them. Help and version go before all. */
  static CommandLine parse(String[] args) {
    if (args.length == 0) {
      return new UsageError(Usage.text());
    }
    List<String> urls = new ArrayList<>();
    CommandLine alone = null;
    CommandLine instead = null;
    for (String arg : args) {
      switch (arg) {
        case "help", "--help", "-h" -> instead = first(instead, new Help());
        case "version", "--version", "-v", "-V" -> instead = first(instead, new Version());
        case "demo" -> alone = new Demo();
        case "keygen" -> alone = new KeyGen();
        default -> {
          if (!isUrl(arg)) {
            return unknown(arg);
          }
          urls.add(arg);
        }
      }
    }
    if (instead != null) {
      return instead;
    }
    if (alone == null) {
      return new Run(List.copyOf(urls));
    }
    String word = alone instanceof Demo ? "demo" : "keygen";
    return args.length == 1 ? alone : error(word + " stands alone: nodepass " + word);
  }

  private static CommandLine first(CommandLine one, CommandLine other) {
    return one == null ? other : one;
  }

  /** A word that begins like a tunnel is one, so that the URL's own message explains what lacks. */
  private static boolean isUrl(String arg) {
    return (arg.contains("://") && !arg.startsWith("-"))
        || arg.startsWith("server:")
        || arg.startsWith("client:");
  }

  private static CommandLine unknown(String arg) {
    if (arg.equals("server") || arg.equals("client")) {
      return error("a tunnel is one word: nodepass \"" + arg + "://<tunnel_addr>/<target_addr>\"");
    }
    // What follows = may be a secret that someone hoped to pass by an option.
    int equals = arg.startsWith("-") ? arg.indexOf('=') : -1;
    String word = equals < 0 ? arg : arg.substring(0, equals);
    return error(
        (arg.startsWith("-") ? "unknown option " : "unknown word ")
            + Quoted.of(word)
            + NearestName.hint(word, WORDS));
  }

  private static CommandLine error(String message) {
    return new UsageError("nodepass: " + message + "\nnodepass --help tells what there is\n");
  }
}
