package io.nodepass.telemetry;

/** Severity of a log line, least severe first. Part of the API for embedding programs. */
public enum Level {
  /** Each step, for whoever looks for a fault. */
  DEBUG,
  /** What goes as it should: ready, ended connections, totals. */
  INFO,
  /** What a tunnel helps itself out of: a lost peer, a refused stranger. */
  WARN,
  /** What somebody has to see to, while the tunnel goes on as well as it can. */
  ERROR,
  /** What ends a tunnel. */
  FATAL
}
