package io.nodepass;

/** What the process returns, after BSD's sysexits where there is a name for it. */
final class ExitCode {
  static final int OK = 0;

  /** The command line is wrong. */
  static final int USAGE = 64;

  /** An address that cannot be listened on, or an error of ours. */
  static final int SOFTWARE = 70;

  /** A tunnel's URL, or the key in the environment, cannot be used. */
  static final int CONFIG = 78;

  private ExitCode() {}
}
