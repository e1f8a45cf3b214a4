package io.nodepass;

/** What the process returns, after BSD's sysexits where there is a name for it. */
final class ExitCode {
  static final int OK = 0;

  /** The command line is wrong. */
  static final int USAGE = 64;

  /** An error of ours, or one that cannot be waited out. */
  static final int SOFTWARE = 70;

  /** A tunnel's URL or environment is wrong. */
  static final int CONFIG = 78;

  private ExitCode() {}
}
