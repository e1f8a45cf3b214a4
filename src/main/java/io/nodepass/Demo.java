package io.nodepass;

import java.io.PrintStream;

/** Placeholder until the table below exists. */
final class Demo {
  private Demo() {}

  static int run(PrintStream out) {
    out.println("demo");
    return ExitCode.OK;
  }
}
